import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IngestRequest, type IngestSummary, silentLog } from '@srvau/contracts';
import { ArtifactStore, fileUri } from '@srvau/storage';
import { FrameCache } from '@srvau/video';
import { type S3TestServer, startS3Server } from '@srvau/storage/test/s3-server';
import { ingestDataset } from './ingest';

const CCTV = join(__dirname, '../../../../tests/fixtures/cctv');

let server: S3TestServer;
let store: ArtifactStore;
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'srvau-ingest-s3-'));
  server = await startS3Server();
  const { endpoint, credentials } = server;
  store = new ArtifactStore({ fileRoots: [home, CCTV], s3: { endpoint, credentials, maxAttempts: 1 } });
});

afterAll(async () => {
  await store.close();
  await server.close();
  await rm(home, { recursive: true, force: true });
});

const ingest = (request: IngestRequest): Promise<IngestSummary> =>
  ingestDataset(request, {
    store,
    frames: new FrameCache(join(home, 'cache')),
    signal: new AbortController().signal,
    progress: () => undefined,
    log: silentLog,
  });

const names = async (dir: string): Promise<string[]> => (await readdir(dir, { recursive: true })).sort();

describe('an ingest from S3', () => {
  it('makes of a bucket the dataset that it makes of a folder, and keeps no downloads', async () => {
    const bucket = `s3://${server.bucket}/cctv`;
    for (const name of await readdir(CCTV)) await store.write(`${bucket}/${name}`, await readFile(join(CCTV, name)));
    const [remote, local] = [join(home, 'remote'), join(home, 'local')];
    const fromBucket = await ingest({
      annotations: `${bucket}/annotations.csv`,
      videos: bucket,
      out: fileUri(remote),
    });
    const fromFolder = await ingest({
      annotations: fileUri(join(CCTV, 'annotations.csv')),
      videos: fileUri(CCTV),
      out: fileUri(local),
    });
    expect(fromBucket).toEqual({ ...fromFolder, out: remote });
    expect(fromBucket).toMatchObject({ rows: 6, videosFound: 3, videosMissing: 1 });
    for (const name of ['manifest.jsonl', 'manifest.parquet', 'exclusions.jsonl']) {
      expect(await readFile(join(remote, name), 'base64')).toBe(await readFile(join(local, name), 'base64'));
    }
    expect(await names(remote)).toEqual(await names(local));
  });

  it('leaves nothing behind, and may be tried again, when the server is away', async () => {
    const out = join(home, 'away');
    server.onRequest = (request) => request.socket.destroy();
    const request = { annotations: `s3://${server.bucket}/cctv/annotations.csv`, videos: `s3://${server.bucket}/cctv` };
    await expect(ingest({ ...request, out: fileUri(out) })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
    server.onRequest = undefined;
    expect(await names(home)).not.toContain('away');
    await expect(ingest({ ...request, out: fileUri(out) })).resolves.toMatchObject({ rows: 6 });
  });
});
