import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ChatMessage } from '@srvau/contracts';
import { probeVideo, sampleFrames } from '@srvau/video';
import { Endpoints, refused } from '../../../test/endpoints';
import { clip } from '../../../test/tiny-model';
import type { EncodedPart } from './encode-messages';

let endpoints: Endpoints;
let dir: string;
beforeEach(() => {
  endpoints = new Endpoints();
  dir = mkdtempSync(join(tmpdir(), 'srvau-media-'));
});
afterEach(async () => {
  await endpoints[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true });
});

const video = pathToFileURL(clip('tree_hand')).href;
const show = (...parts: object[]): ChatMessage[] => [
  { role: 'user', content: [...parts, { type: 'text', text: 'What happens?' }] } as ChatMessage,
];

/** What the endpoint was sent for these messages. */
async function sent(
  messages: ChatMessage[],
  query = '',
): Promise<{ content: EncodedPart[]; body: Record<string, unknown> }> {
  const fake = await endpoints.answering('x');
  const model = await endpoints.model(fake, query);
  await model.generate({ messages });
  const body = fake.requests[0]?.body as { messages: [{ content: EncodedPart[] }] } & Record<string, unknown>;
  return { content: body.messages[0].content, body };
}

const urlOf = (part: EncodedPart | undefined): string =>
  part?.type === 'image_url' ? part.image_url.url : 'no picture';

describe('a video, for an endpoint', () => {
  it('is its frames, which are those of the sampler, and when they were taken', async () => {
    const { content } = await sent(show({ type: 'video', video, fps: 2 }), '?maxPixels=100000000');
    const { frames } = await sampleFrames(clip('tree_hand'), join(dir, 'frames'), { fps: 2 });
    expect(content[0]).toEqual({
      type: 'text',
      text: 'Frames of the video, one every 0.50 s, the first at 0.00 s:',
    });
    expect(content.slice(1, -1).map(urlOf)).toEqual(
      frames.map(({ file }) => `data:image/jpeg;base64,${readFileSync(file).toString('base64')}`),
    );
    expect(content.at(-1)).toEqual({ type: 'text', text: 'What happens?' });
  });

  it('is shown in fewer and smaller frames where it would be too much', async () => {
    const { content } = await sent(show({ type: 'video', video, max_pixels: 20_000 }), '?maxFrames=3');
    expect(content).toHaveLength(5);
    const { durationSec } = await probeVideo(clip('tree_hand'));
    const [, every] = /every (\S+) s/.exec(JSON.stringify(content[0])) ?? [];
    expect(Number(every) * 3).toBeGreaterThanOrEqual(durationSec - 0.02);
    const picture = join(dir, 'frame.jpg');
    writeFileSync(picture, Buffer.from(urlOf(content[1]).split(',')[1] ?? '', 'base64'));
    // The size stands in the JPEG's start-of-frame segment.
    const bytes = readFileSync(picture);
    const at = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
    expect([height, width]).toEqual([122, 163]);
  });

  it('is read once for several requests, and leaves nothing behind', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('srvau-frames-'));
    const file = join(dir, 'clip.mp4');
    writeFileSync(file, readFileSync(clip('tree_hand')));
    const messages = show({ type: 'video', video: pathToFileURL(file).href });
    const fake = await endpoints.answering('x');
    const model = await endpoints.model(fake);
    await Promise.all([model.generate({ messages }), model.generate({ messages }), model.generate({ messages })]);
    writeFileSync(file, readFileSync(clip('path_walkers')));
    await model.generate({ messages });
    const bodies = fake.requests.map(({ body }) => JSON.stringify(body));
    expect(new Set(bodies.slice(0, 3)).size).toBe(1);
    expect(bodies[3]).not.toBe(bodies[0]);
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('srvau-frames-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('goes whole where the endpoint takes videos', async () => {
    const parts = [
      { type: 'video', video, fps: 2, max_pixels: 50_000 },
      { type: 'video_url', video_url: { url: 'https://h/v.mp4' }, fps: 2, max_pixels: 50_000 },
    ];
    const { content, body } = await sent(show(...parts), '?video=url');
    const bytes = readFileSync(clip('tree_hand')).toString('base64');
    expect(content.slice(0, 2)).toEqual([
      { type: 'video_url', video_url: { url: `data:video/mp4;base64,${bytes}` } },
      { type: 'video_url', video_url: { url: 'https://h/v.mp4' } },
    ]);
    expect(body['mm_processor_kwargs']).toEqual({ fps: 2, max_pixels: 50_000 });
    const model = await endpoints.model(await endpoints.answering('x'), '?video=url');
    const unequal = show(parts[0] ?? {}, { type: 'video', video, fps: 1 });
    expect(await refused(model.generate({ messages: unequal }))).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ field: 'messages[0].content[1]' }],
    });
  });

  it('is refused with its place where it cannot be had', async () => {
    const fake = await endpoints.answering('x');
    const text = join(dir, 'notes.txt');
    writeFileSync(text, 'password: 1234');
    const notes = pathToFileURL(text).href;
    const field = 'messages[0].content[0]';
    for (const [query, part, code] of [
      ['', { type: 'video', video: 'https://h/v.mp4' }, 'INVALID_REQUEST'],
      ['', { type: 'video', video: 's3://b/v.mp4' }, 'INVALID_REQUEST'],
      ['', { type: 'video', video: 'file:///nowhere/v.mp4' }, 'UNPROCESSABLE'],
      ['', { type: 'video', video: notes }, 'UNPROCESSABLE'],
      ['?video=url', { type: 'video', video: notes }, 'UNPROCESSABLE'],
      ['?video=url', { type: 'video', video: 'file:///dev/zero' }, 'UNPROCESSABLE'],
      ['?video=url&maxMediaBytes=1000', { type: 'video', video }, 'UNPROCESSABLE'],
      ['', { type: 'image', image: notes }, 'UNPROCESSABLE'],
      ['', { type: 'image', image: video }, 'UNPROCESSABLE'],
    ] as const) {
      const model = await endpoints.model(fake, query);
      const error = await refused(model.generate({ messages: show(part) }));
      expect(error).toMatchObject({ code, details: [{ field }] });
      expect(error.message.startsWith(`${field}: `)).toBe(true);
    }
    expect(fake.load.total).toBe(0);
  });
});

describe('an image, for an endpoint', () => {
  it('goes whole, or by its address', async () => {
    const { frames } = await sampleFrames(clip('tree_hand'), join(dir, 'frames'), { format: 'png' });
    const picture = frames[0]?.file ?? '';
    const { content } = await sent(
      show(
        { type: 'image', image: pathToFileURL(picture).href },
        { type: 'image_url', image_url: { url: 'https://h/p.jpg' } },
      ),
    );
    expect(content.slice(0, 2).map(urlOf)).toEqual([
      `data:image/png;base64,${readFileSync(picture).toString('base64')}`,
      'https://h/p.jpg',
    ]);
  });
});

describe('text alone', () => {
  it('is one string, as endpoints without eyes want it', async () => {
    const { content } = await sent([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One, ' },
          { type: 'text', text: 'two.' },
        ],
      },
    ]);
    expect(content).toBe('One, two.');
  });
});
