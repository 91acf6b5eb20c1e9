import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorDetail } from '@srvau/contracts';
import { type ModelRequest, readRequest } from './request-file';

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'srvau-request-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function read(value: unknown): Promise<ModelRequest> {
  const file = join(dir, 'request.json');
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return readRequest(file, new AbortController().signal);
}

async function fault(value: unknown): Promise<{ code: string; exitCode?: number; details: readonly ErrorDetail[] }> {
  try {
    await read(value);
  } catch (error) {
    return error as Awaited<ReturnType<typeof fault>>;
  }
  throw new Error('expected a refusal');
}

const withPart = (part: object): object => ({ messages: [{ role: 'user', content: [part] }] });

describe('a request file', () => {
  it('holds chat messages, or is the array of them', async () => {
    const messages = [{ role: 'user', content: 'What happens?' }];
    expect(await read(messages)).toEqual(await read({ messages }));
    expect(await read({ messages, n: 2, top_p: 0.9, stop: ['\n'], seed: 0, mrope: 'transformers-5.18' })).toMatchObject(
      {
        ...{ kind: 'chat', messages, n: 2, top_p: 0.9, stop: ['\n'], seed: 0, mrope: 'transformers-5.18' },
      },
    );
  });

  it('may name media by paths relative to its folder', async () => {
    const uri = `file://${join(dir, 'clips/a.mp4')}`;
    for (const part of [
      { type: 'video', video: 'clips/a.mp4', fps: 2 },
      { type: 'video', video: uri, fps: 2 },
      { type: 'video', video: join(dir, 'clips/a.mp4'), fps: 2 },
    ]) {
      const [message] = ((await read(withPart(part))) as { messages: object[] }).messages;
      expect(message).toMatchObject({ content: [{ type: 'video', video: uri, fps: 2 }] });
    }
    expect(await read(withPart({ type: 'video_url', video_url: { url: 'clips/a.mp4' } }))).toMatchObject({
      messages: [{ content: [{ video_url: { url: uri } }] }],
    });
    expect(await read(withPart({ type: 'video', video: 's3://bucket/a.mp4' }))).toMatchObject({
      messages: [{ content: [{ video: 's3://bucket/a.mp4' }] }],
    });
  });

  it('holds token ids', async () => {
    const request = { input_ids: [0, 159, 2], vision: 'v.safetensors', stop_token_ids: [], max_new_tokens: 3 };
    expect(await read(request)).toMatchObject({ kind: 'tokens', ...request });
  });

  it.each([
    ['an unknown field', { messages: [{ role: 'user', content: '' }], topP: 1 }, 'topP'],
    ['stop texts without text', { input_ids: [1], stop: ['a'] }, 'stop'],
    ['no messages', { messages: [] }, 'messages'],
    ['a number out of range', { input_ids: [1], top_p: 0 }, 'top_p'],
    ['an unknown variant', { input_ids: [1], mrope: '5' }, 'mrope'],
    ['no ids', { input_ids: [] }, 'input_ids'],
    ['an id that is none', { input_ids: [1, 2, -3] }, 'input_ids[2]'],
    ['an id in words', { input_ids: ['1'] }, 'input_ids[0]'],
    ['a part of no type', withPart({ type: 'vidoe' }), 'messages[0].content[0].type'],
    ['a strange address', withPart({ type: 'video', video: 'ftp://a/b' }), 'messages[0].content[0].video'],
    ['an empty address', withPart({ type: 'video', video: '' }), 'messages[0].content[0].video'],
    ['neither', 5, '(body)'],
  ])('is refused with %s, by its field', async (_what, request, field) => {
    const { details } = await fault(request);
    expect(details.map((detail) => detail.field)).toEqual([field]);
  });

  it('is refused with both, without JSON, and where there is none', async () => {
    expect(await fault({ messages: [], input_ids: [] })).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await fault('{')).toMatchObject({ code: 'INVALID_JSON' });
    await expect(readRequest(join(dir, 'none.json'), new AbortController().signal)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
