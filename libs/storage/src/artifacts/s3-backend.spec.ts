import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { SrvauError } from '@srvau/contracts';
import { type S3TestServer, startS3Server } from '../../test/s3-server';
import { useTempDir } from '../../test/temp-dir';
import { ArtifactStore } from './artifact-store';
import { S3Backend } from './s3-backend';
import type { S3Options } from './s3-client';

const temp = useTempDir();
let server: S3TestServer;
let store: ArtifactStore;
const stores: ArtifactStore[] = [];

function connect(options: S3Options = {}): ArtifactStore {
  const { endpoint, credentials } = server;
  const made = new ArtifactStore({ fileRoots: [], s3: { endpoint, credentials, maxAttempts: 2, ...options } });
  stores.push(made);
  return made;
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function failureOf(work: Promise<unknown>): Promise<SrvauError> {
  const error: unknown = await work.then(
    () => new Error('did not fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof SrvauError) return error;
  throw error;
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

beforeAll(async () => {
  server = await startS3Server();
});
beforeEach(() => {
  server.requests.length = 0;
  server.onRequest = undefined;
  store = connect();
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((made) => made.close()));
});
afterAll(() => server.close());

const at = (key: string): string => `s3://${server.bucket}/${key}`;

describe('objects', () => {
  test('round trip of text with a difficult key', async () => {
    const uri = at('round trip/Überwachung #1 + 100%.txt');
    await store.write(uri, 'Grüße', { contentType: 'text/plain' });
    expect(await store.readText(uri)).toBe('Grüße');
    const stat = await store.stat(uri);
    expect(stat).toMatchObject({ uri, kind: 'file', size: 7 });
    expect(stat.etag).toMatch(/^"[0-9a-f]{32}"$/);
    await store.delete(uri);
    await store.delete(uri);
    expect(await failureOf(store.stat(uri))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an empty object, and a range of one', async () => {
    await store.write(at('empty'), '');
    expect(await store.readText(at('empty'))).toBe('');
    await store.write(at('digits'), '0123456789');
    expect(String(await bytesOf(await store.read(at('digits'), { start: 2, end: 4 })))).toBe('234');
    expect(String(await bytesOf(await store.read(at('digits'), { start: 7 })))).toBe('789');
  });

  test('readText refuses more than it was allowed, and what is not UTF-8', async () => {
    await store.write(at('long.txt'), 'x'.repeat(100));
    expect(await failureOf(store.readText(at('long.txt'), { maxBytes: 99 }))).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
    await store.write(at('latin1.txt'), Buffer.from([0xe4]));
    expect(await failureOf(store.readText(at('latin1.txt')))).toMatchObject({ code: 'UNPROCESSABLE' });
  });
});

describe('large uploads', () => {
  const data = randomBytes(20 * 1024 * 1024);

  test('bytes and streams beyond one part arrive whole, in parts', async () => {
    await store.write(at('large.bin'), data);
    await store.write(at('streamed.bin'), Readable.from([data.subarray(0, 9_000_000), data.subarray(9_000_000)]));
    for (const key of ['large.bin', 'streamed.bin']) {
      expect(sha256(await bytesOf(await store.read(at(key))))).toBe(sha256(data));
    }
    expect(server.requests.filter((r) => r.includes('partNumber=2'))).toHaveLength(2);
  });

  test('a source that fails: its own error, no object, and the parts are given up on the server', async () => {
    const failing = (async function* () {
      yield data;
      throw new SrvauError('UNPROCESSABLE', 'the source failed');
    })();
    expect(await failureOf(store.write(at('failed.bin'), failing))).toMatchObject({ message: 'the source failed' });
    expect(server.requests.filter((r) => /^DELETE .*uploadId=/.test(r))).toHaveLength(1);
    expect(await failureOf(store.stat(at('failed.bin')))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an abort while the source is silent ends the upload with the reason of the signal', async () => {
    const stop = new AbortController();
    const silent = new Readable({ read: () => undefined });
    silent.push(data);
    const writing = failureOf(store.write(at('aborted.bin'), silent, { signal: stop.signal }));
    await new Promise<void>((resolve) => {
      server.onRequest = ({ url = '' }) => {
        if (url.includes('partNumber=1')) resolve();
      };
    });
    stop.abort(new SrvauError('CANCELLED', 'asked to stop'));
    expect(await writing).toMatchObject({ code: 'CANCELLED', message: 'asked to stop' });
    expect(server.requests.filter((r) => /^DELETE .*uploadId=/.test(r))).toHaveLength(1);
    expect(silent.destroyed).toBe(true);
  });
});

describe('list', () => {
  test('walks all pages of a folder in byte order, and not its neighbours', async () => {
    const names = ['a.mp4', 'b.mp4', 'c.mp4', 'sub/d.mp4', 'é.mp4'];
    for (const key of [...names.map((name) => `pages/${name}`), 'pages2/e.mp4']) await store.write(at(key), '');
    const { endpoint, credentials, bucket } = server;
    const backend = new S3Backend({ endpoint, credentials }, 2);
    for (const key of ['pages', 'pages/']) {
      server.requests.length = 0;
      const found: string[] = [];
      for await (const entry of backend.list({ scheme: 's3', bucket, key }, {})) found.push(entry.relativePath);
      expect(found).toEqual(names);
      expect(server.requests).toHaveLength(3);
    }
    await backend.close();
    expect(await store.stat(at('pages'))).toMatchObject({ kind: 'directory' });
  });

  test('tells which keys it leaves out, and that a folder is not there', async () => {
    for (const key of ['odd/a.mp4', 'odd/%2e%2e%2fb.mp4']) {
      const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3');
      const { endpoint, credentials, bucket } = server;
      const client = new S3Client({ endpoint, credentials, forcePathStyle: true, region: 'us-east-1' });
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }));
      client.destroy();
    }
    const skipped: string[] = [];
    const found: string[] = [];
    for await (const e of store.list(at('odd'), { onSkipped: (name) => skipped.push(name) })) found.push(e.uri);
    expect(found).toEqual([at('odd/a.mp4')]);
    expect(skipped).toEqual([at('odd/%2e%2e%2fb.mp4')]);
    const missing = (async () => {
      for await (const entry of store.list(at('nowhere'))) throw new Error(entry.uri);
    })();
    expect(await failureOf(missing)).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('localCopy', () => {
  test('downloads once for each version of the object', async () => {
    const cache = join(temp(), 'cache');
    await store.write(at('clip.mp4'), 'first');
    const first = await store.localCopy(at('clip.mp4'), cache);
    expect(first).toMatch(/\.mp4$/);
    expect(await readFile(first, 'utf8')).toBe('first');
    server.requests.length = 0;
    expect(await store.localCopy(at('clip.mp4'), cache)).toBe(first);
    expect(server.requests.filter((r) => r.startsWith('GET'))).toEqual([]);
    await store.write(at('clip.mp4'), 'second');
    const second = await store.localCopy(at('clip.mp4'), cache);
    expect(second).not.toBe(first);
    expect(await readFile(second, 'utf8')).toBe('second');
  });

  test('a copy of another size than the object is not trusted', async () => {
    await store.write(at('cut.mp4'), 'whole');
    const path = await store.localCopy(at('cut.mp4'), temp());
    await writeFile(path, 'who');
    expect(await readFile(await store.localCopy(at('cut.mp4'), temp()), 'utf8')).toBe('whole');
  });

  test('refuses by size before it downloads, and stops on a signal; nothing stays', async () => {
    await store.write(at('big.mp4'), 'x'.repeat(1_000));
    expect(await failureOf(store.localCopy(at('big.mp4'), temp(), { maxBytes: 999 }))).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('expected at most 999 bytes, received 1000 bytes'),
    });
    expect(await failureOf(store.localCopy(at('big.mp4'), temp(), { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'CANCELLED',
    });
    expect(await readdir(temp())).toEqual([]);
  });

  test('a connection that breaks in the body is continued where it stopped', async () => {
    const data = randomBytes(3_000_000);
    await store.write(at('broken.mp4'), data);
    let cuts = 0;
    server.onRequest = (request) => {
      if (request.method !== 'GET' || cuts >= 2) return;
      cuts += 1;
      const { socket } = request;
      const sent = socket.bytesWritten;
      const watch = setInterval(() => {
        if (socket.bytesWritten - sent > 100_000 || socket.destroyed) {
          clearInterval(watch);
          socket.destroy();
        }
      }, 1);
    };
    const path = await store.localCopy(at('broken.mp4'), temp());
    expect(sha256(await readFile(path))).toBe(sha256(data));
    expect(await readdir(temp())).toHaveLength(1);
  });
});

describe('errors', () => {
  test('a bucket that is not there, a wrong key, a server that is away', async () => {
    for (const work of [store.readText('s3://no-such-bucket/a'), store.stat('s3://no-such-bucket/a')]) {
      expect(await failureOf(work)).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('s3://no-such-bucket/a: expected an existing bucket'),
      });
    }
    const wrong = connect({ credentials: { accessKeyId: 'UNKNOWN', secretAccessKey: 'very-secret-value' } });
    expect(await failureOf(wrong.readText(at('a')))).toMatchObject({ code: 'FORBIDDEN' });
    const away = connect({ endpoint: 'http://127.0.0.1:1' });
    expect(await failureOf(away.readText(at('a')))).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
  });

  test('no error shows a key, a secret or a signature, however deep it is printed', async () => {
    const credentials = { accessKeyId: 'AKIDSHOWSUP', secretAccessKey: 'very-secret-value' };
    const error = await failureOf(connect({ credentials }).write(at('a'), 'x'));
    expect(error.code).toBe('FORBIDDEN');
    const printed = inspect(error, { depth: 20, showHidden: true });
    expect(printed).not.toMatch(/AKIDSHOWSUP|very-secret-value|Signature=/);
    const endpoint = 'http://user:very-secret-value@127.0.0.1:1';
    expect(() => connect({ endpoint })).toThrow(/^S3 endpoint: expected an http:\/\/ or https:\/\/ URL without user/);
  });

  test('a server that falls silent is given up after the time-out', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const deaf = connect({ endpoint: `http://127.0.0.1:${port}`, socketTimeoutMs: 200, maxAttempts: 1 });
      expect(await failureOf(deaf.stat(at('a')))).toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  test('a body that breaks off while it is read as text is worth a retry', async () => {
    await store.write(at('text.txt'), 'x'.repeat(5_000_000));
    server.onRequest = ({ socket }) => {
      const sent = socket.bytesWritten;
      const watch = setInterval(() => {
        if (socket.bytesWritten - sent <= 100_000 && !socket.destroyed) return;
        clearInterval(watch);
        socket.destroy();
      }, 1);
    };
    expect(await failureOf(store.readText(at('text.txt')))).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });

  test('S3 can be switched off', async () => {
    const off = new ArtifactStore({ fileRoots: [], s3: false });
    expect(await failureOf(off.readText(at('a')))).toMatchObject({ code: 'FORBIDDEN' });
  });
});

test('folders: names what is directly below, over all pages', async () => {
  for (const key of ['a/x', 'a/y/z', 'b', 'c', 'd/x', 'e', 'f/x']) await store.write(at(`tree/${key}`), '');
  const { endpoint, credentials, bucket } = server;
  const backend = new S3Backend({ endpoint, credentials }, 2);
  for (const key of ['tree', 'tree/']) {
    expect(await backend.folders({ scheme: 's3', bucket, key })).toEqual(['a', 'd', 'f']);
  }
  await backend.close();
  expect(await store.folders(at('tree/a/y'))).toEqual([]);
  expect(await failureOf(store.folders(at('nowhere')))).toMatchObject({ code: 'NOT_FOUND' });
});
