import { SrvauError, type ErrorDetail } from '../wire/errors';
import { jsonSchemaOf } from '../validation/json-schema';
import { parseDto } from '../validation/parse-dto';
import { ChatMessage, TextPart, VideoPart } from './chat-message';
import { GenerateRequest } from './generate-request';

function details(body: unknown): readonly ErrorDetail[] {
  try {
    parseDto(GenerateRequest, body, 'generate request');
  } catch (error) {
    if (error instanceof SrvauError) return error.details;
    throw error;
  }
  throw new Error('expected a refusal');
}
const withContent = (content: unknown): unknown => ({ messages: [{ role: 'user', content }] });
const video = { type: 'video', video: 'file:///v.mp4', fps: 1, max_pixels: 100_352 };

describe('ChatMessage', () => {
  it('takes text, and parts in all their forms', () => {
    const parts = [
      { type: 'text', text: '' },
      video,
      { type: 'image', image: 's3://bucket/a.png', min_pixels: 784 },
      { type: 'video_url', video_url: { url: 'https://example.org/v.mp4' }, fps: 0.5 },
      { type: 'image_url', image_url: { url: 'file:///a.png' } },
    ];
    const request = parseDto(
      GenerateRequest,
      {
        messages: [
          { role: 'system', content: '' },
          { role: 'user', content: parts },
        ],
        n: 4,
        sampling: { topP: 0.9 },
      },
      'request',
    );
    expect(request.messages[0]?.content).toBe('');
    const taken = request.messages[1]?.content as object[];
    expect(taken[0]).toBeInstanceOf(TextPart);
    expect(taken[1]).toBeInstanceOf(VideoPart);
    expect(JSON.parse(JSON.stringify(taken))).toEqual(parts);
  });

  it('names the one fault of a part, by its path', () => {
    const field = 'messages[0].content[1]';
    const second = (part: unknown): readonly ErrorDetail[] => details(withContent([{ type: 'text', text: 'a' }, part]));
    const types = 'one of text, image, video, image_url, video_url';
    expect(second({ type: 'vidoe', video: 'file:///v.mp4' })).toEqual([
      { field: `${field}.type`, expected: types, received: '"vidoe" (string)' },
    ]);
    for (const part of [null, 5, 'text', [], {}]) {
      expect(second(part)).toEqual([{ field: `${field}.type`, expected: types, received: 'nothing' }]);
    }
    expect(second({ type: 'constructor' })[0]?.field).toBe(`${field}.type`);
    expect(second({ type: 'video', video: '/v.mp4' })).toEqual([
      {
        field: `${field}.video`,
        expected: 'a file:///…, s3://bucket/key or https://… URI',
        received: '"/v.mp4" (string)',
      },
    ]);
    expect(second({ type: 'text', text: 'a', fps: 1 })).toEqual([
      { field: `${field}.fps`, expected: 'no such field', received: '1 (number)' },
    ]);
    expect(second({ ...video, fps: '1' })[0]).toMatchObject({ field: `${field}.fps`, received: '"1" (string)' });
    expect(second({ type: 'video_url', video_url: { url: 5 } })[0]?.field).toBe(`${field}.video_url.url`);
    expect(second({ type: 'video_url', video_url: 'file:///v.mp4' })[0]?.field).toBe(`${field}.video_url`);
  });

  it('refuses content that is neither text nor parts', () => {
    for (const content of [5, null, undefined, {}, [], true]) {
      const found = details(withContent(content));
      expect(found.map(({ field }) => field)).toEqual(['messages[0].content']);
      expect(found[0]?.expected).toContain('a string or an array of parts');
    }
    expect(details({ messages: [{ role: 'tool', content: 'a' }] })[0]?.field).toBe('messages[0].role');
    expect(details({ messages: [] })[0]?.field).toBe('messages');
  });

  it('refuses sampling out of range', () => {
    const bad = { temperature: -1, topP: 0, topK: 1.5, maxNewTokens: 0, stop: [''], seed: -1 };
    const found = details({ messages: [{ role: 'user', content: 'a' }], n: 0, sampling: bad });
    expect(found.map(({ field }) => field)).toEqual(['n', ...Object.keys(bad).map((name) => `sampling.${name}`)]);
  });

  it('shows its content in its JSON schema as text or closed parts', () => {
    const schema = jsonSchemaOf(ChatMessage) as {
      properties: { content: { oneOf: object[] } };
      $defs: Record<string, { additionalProperties: boolean; required: string[] }>;
    };
    expect(schema.properties.content.oneOf[0]).toEqual({ type: 'string' });
    expect(Object.keys(schema.$defs).sort()).toEqual(
      ['ImagePart', 'ImageUrlPart', 'MediaUrl', 'TextPart', 'VideoPart', 'VideoUrlPart'].sort(),
    );
    expect(schema.$defs['VideoPart']).toMatchObject({ additionalProperties: false, required: ['type', 'video'] });
  });
});
