import { readFileSync } from 'node:fs';
import type { ChatMessage } from '@srvau/contracts';
import { Checkpoints, reference, refusal, tinyTokenizer, VISION_TEMPLATE } from '../../test/checkpoint';
import { ChatTemplate } from '../chat-template/chat-template';
import { Tokenizer } from '../tokenizer/tokenizer';
import { buildPrompt } from './build-prompt';
import { collectMedia } from './media';
import { expandVisionPads, type VisionGrid } from './vision-pads';

const checkpoints = new Checkpoints();
afterAll(() => checkpoints.dispose());
const video = { type: 'video' as const, video: 'file:///v.mp4' };
const image = { type: 'image' as const, image: 'file:///i.png' };
const user = (content: ChatMessage['content']): ChatMessage[] => [{ role: 'user', content }];
const grid: VisionGrid = { t: 1, h: 4, w: 4 };

describe('buildPrompt', () => {
  const template = new ChatTemplate({ where: 'vision.jinja', text: readFileSync(VISION_TEMPLATE, 'utf8') });
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await Tokenizer.load(checkpoints.make());
  });

  it("gives the ids of transformers' processor", () => {
    for (const { messages, grids, ids, add_generation_prompt: addGenerationPrompt } of reference().vision) {
      const visionGrids = grids.map(([t, h, w]) => ({ t, h, w }));
      const prompt = buildPrompt(messages, { tokenizer, template, visionGrids, addGenerationPrompt });
      expect(prompt.inputIds).toEqual(ids);
      expect(prompt.spans.map((span) => span.grid)).toEqual(visionGrids);
      for (const { kind, start, length } of prompt.spans) {
        const pad = tokenizer.idOf(`<|${kind}_pad|>`);
        expect(ids.slice(start - 1, start + length + 1)).toEqual([
          tokenizer.idOf('<|vision_start|>'),
          ...Array.from({ length }, () => pad),
          tokenizer.idOf('<|vision_end|>'),
        ]);
      }
    }
  });

  it('needs a grid for each image and video, one that the merger can merge', async () => {
    const build = (visionGrids: VisionGrid[]): unknown =>
      buildPrompt(user([video, image]), { tokenizer, template, visionGrids });
    expect((await refusal(() => build([grid]))).message).toContain('visionGrids: expected 2, one for each');
    for (const bad of [
      { t: 0, h: 4, w: 4 },
      { t: 1, h: 3, w: 4 },
      { t: 1, h: 4, w: 2.5 },
      { t: 1, h: Number.NaN, w: 4 },
    ]) {
      expect((await refusal(() => build([grid, bad]))).details[0]?.field).toBe('vision grid');
    }
  });

  it('refuses pads in text, which would stand for nothing', async () => {
    const fields = [
      [user('a <|video_pad|>'), 'messages[0].content'],
      [user([video, { type: 'text', text: '<|image_pad|>' }]), 'messages[0].content[1].text'],
    ] as const;
    for (const [messages, field] of fields) {
      const error = await refusal(() => buildPrompt(messages, { tokenizer, template, visionGrids: [] }));
      expect([error.code, error.details[0]?.field]).toEqual(['INVALID_REQUEST', field]);
    }
  });

  it('refuses a template that shows other media than the messages have', async () => {
    const forgetful = new ChatTemplate({
      where: 'x',
      text: '{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{{ m.content[0].text }}{% endif %}{% endfor %}',
    });
    expect(forgetful.takesParts).toBe(true);
    const messages = user([{ type: 'text', text: 'a' }, video]);
    const error = await refusal(() => buildPrompt(messages, { tokenizer, template: forgetful, visionGrids: [grid] }));
    expect(error.message).toBe('media in the rendered chat template: expected video, received none');
  });

  it('names the pad token that a checkpoint lacks', async () => {
    const dir = checkpoints.make({ 'tokenizer.json': tinyTokenizer(), 'tokenizer_config.json': null });
    const tiny = await Tokenizer.load(dir);
    const error = await refusal(() => buildPrompt(user([video]), { tokenizer: tiny, template, visionGrids: [grid] }));
    expect(error.message).toContain('expected the token <|video_pad|>');
    expect(buildPrompt(user('abc'), { tokenizer: tiny, template, visionGrids: [] }).spans).toEqual([]);
  });
});

describe('expandVisionPads', () => {
  const pads = { image: 8, video: 9 };

  it('repeats each pad by its own count', () => {
    expect(expandVisionPads([1, 9, 2, 8, 9, 3], [2, 1, 3], pads)).toEqual({
      ids: [1, 9, 9, 2, 8, 9, 9, 9, 3],
      spans: [
        { kind: 'video', start: 1, length: 2 },
        { kind: 'image', start: 4, length: 1 },
        { kind: 'video', start: 5, length: 3 },
      ],
    });
    expect(expandVisionPads([], [], pads)).toEqual({ ids: [], spans: [] });
  });

  it('refuses more or fewer pads than counts, and counts that are none', async () => {
    for (const counts of [[], [1], [1, 1, 1], [1, 0], [1, 1.5]]) {
      expect((await refusal(() => expandVisionPads([9, 8], counts, pads))).code).toBe('INVALID_REQUEST');
    }
  });
});

describe('collectMedia', () => {
  it('lists images and videos in order, with their options and places', () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: 'a' },
      {
        role: 'user',
        content: [
          { ...video, fps: 2, max_pixels: 1000 },
          { type: 'text', text: 'b' },
          { type: 'image_url', image_url: { url: 's3://b/i' }, min_pixels: 10 },
        ],
      },
      { role: 'user', content: [{ type: 'video_url', video_url: { url: 'https://h/v' } }, image] },
    ];
    expect(collectMedia(messages)).toEqual([
      { kind: 'video', uri: 'file:///v.mp4', field: 'messages[1].content[0]', fps: 2, maxPixels: 1000 },
      { kind: 'image', uri: 's3://b/i', field: 'messages[1].content[2]', minPixels: 10 },
      { kind: 'video', uri: 'https://h/v', field: 'messages[2].content[0]' },
      { kind: 'image', uri: 'file:///i.png', field: 'messages[2].content[1]' },
    ]);
  });
});
