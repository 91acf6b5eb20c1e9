import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../test/plugins';
import { Channel } from './channel';

let dir: string;
let ends: [Socket, Socket];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-channel-'));
  const server = createServer().listen(join(dir, 'socket'));
  await once(server, 'listening');
  const near = connect(join(dir, 'socket'));
  const [far] = (await once(server, 'connection')) as [Socket];
  ends = [near, far];
  server.close();
});
afterEach(async () => {
  for (const end of ends) end.destroy();
  await rm(dir, { recursive: true });
});

/** Stands for bytes: jest compares them one by one. */
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What arrives at the other end, in order. */
function listening(): { near: Channel; seen: unknown[]; far: Channel } {
  const seen: unknown[] = [];
  const far = new Channel(ends[1], {
    onMessage: (message) => seen.push(message),
    onBytes: (bytes) => seen.push(digest(bytes)),
    onLastWords: (text) => seen.push(`last: ${text}`),
    onBroken: ({ message }) => seen.push(`broken: ${message}`),
  });
  const silent = { onMessage: () => undefined, onBroken: () => undefined };
  return { near: new Channel(ends[0], silent), seen, far };
}

it('messages, bytes and last words arrive whole and in order, however they are cut', async () => {
  const { near, seen, far } = listening();
  ends[1].on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += 4099) far.push(chunk.subarray(at, at + 4099));
  });
  const sent: unknown[] = [];
  for (let i = 0; i < 50; i++) {
    const bytes = Buffer.alloc(i * i * 97, i);
    const message = { i, text: '\ud800'.repeat(i), numbers: Float64Array.of(i, NaN, -0) };
    near.send(message);
    near.sendBytes(bytes);
    sent.push(message, digest(bytes));
  }
  const large = Buffer.alloc(9_000_000, 7);
  near.sendBytes(large);
  sent.push(digest(large), 'last: über');
  await new Promise<void>((done) => near.sendLastWords('über', done));
  await until(() => seen.length === sent.length);
  expect(seen).toEqual(sent);
});

it.each([
  ['no length that can be', Buffer.alloc(64, 'x'), /^broken: expected a frame of at most/],
  ['another kind', Buffer.of(1, 0, 0, 0, 9, 0), /^broken: expected a frame of kind 0 to 2, received 9$/],
  ['no message', Buffer.of(2, 0, 0, 0, 0, 1, 2), /^broken: /],
])('what is no frame is told: %s', (_what, bytes, told) => {
  const { seen, far } = listening();
  far.push(bytes);
  expect(seen).toEqual([expect.stringMatching(told)]);
});

it('nothing is sent to an end that is gone, and nobody waits for it', async () => {
  const { near } = listening();
  ends[0].destroy();
  near.send({});
  await new Promise<void>((done) => near.sendLastWords('text', done));
});
