import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile } from '@srvau/models';
import { ArtifactStore, fileUri } from '@srvau/storage';
import { IngestedVideos } from './ingested-videos';
import { type LocalVideo, LocalVideos } from './local-videos';
import { openingFaultOf } from './request-fault';

const signal = new AbortController().signal;
let dir: string;
let path: string;
let videos: IngestedVideos;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srvau-ingested-'));
  path = join(dir, 'a.mp4');
  writeFileSync(path, 'as it was');
  videos = new IngestedVideos(new LocalVideos(new ArtifactStore({ fileRoots: [dir], s3: false }), join(dir, 'copies')));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('IngestedVideos', () => {
  it('opens a video while it is that of the ingest', async () => {
    const sha256 = await sha256OfFile(path);
    for (let i = 0; i < 2; i++) {
      await using video = await videos.open(fileUri(path), sha256, signal);
      expect(video.uri).toBe(fileUri(path));
    }
    // Touched, and the same bytes.
    utimesSync(path, 1, 1);
    await using video = await videos.open(fileUri(path), sha256, signal);
    expect(video.uri).toBe(fileUri(path));
  });

  it('refuses another one of the same name and length, also while this one is known', async () => {
    const sha256 = await sha256OfFile(path);
    await (await videos.open(fileUri(path), sha256, signal))[Symbol.asyncDispose]();
    writeFileSync(path, 'as it is!');
    utimesSync(path, 2, 2);
    const error: unknown = await videos.open(fileUri(path), sha256, signal).catch((thrown: unknown) => thrown);
    expect(openingFaultOf(error)).toEqual({
      reason: 'video-changed',
      detail: 'expected the video that was ingested, received another one under its name',
    });
  });

  it('opens what the ingest has not seen, and says what is missing as before', async () => {
    await using video = await videos.open(fileUri(path), null, signal);
    expect(video.uri).toBe(fileUri(path));
    const gone: unknown = await videos
      .open(fileUri(join(dir, 'b.mp4')), 'ab', signal)
      .catch((thrown: unknown) => thrown);
    expect(openingFaultOf(gone)).toMatchObject({ reason: 'video-missing' });
  });

  it('says of a file that vanishes while it is read that it is missing', async () => {
    const gone = fileUri(join(dir, 'gone.mp4'));
    const open = (uri: string): Promise<LocalVideo> =>
      Promise.resolve({ uri, [Symbol.asyncDispose]: () => Promise.resolve() });
    const error: unknown = await new IngestedVideos({ open })
      .open(gone, 'ab', signal)
      .catch((thrown: unknown) => thrown);
    expect(openingFaultOf(error)).toMatchObject({ reason: 'video-missing' });
  });

  it('tries again after a reading that was broken off', async () => {
    const sha256 = await sha256OfFile(path);
    await expect(videos.open(fileUri(path), sha256, AbortSignal.abort())).rejects.toThrow();
    await using video = await videos.open(fileUri(path), sha256, signal);
    expect(video.uri).toBe(fileUri(path));
  });
});
