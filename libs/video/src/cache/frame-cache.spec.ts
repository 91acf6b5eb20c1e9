import { copyFile, readFile, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { runningDecoders, startOnSources, until } from '../../test/children';
import { makeClip } from '../../test/clips';
import { ffmpeg, fixture, temporaryDirectory } from '../../test/media';
import { sampleFrames } from '../sampling/sample-frames';
import { FrameCache } from './frame-cache';

const temporary = temporaryDirectory();
const clip = fixture('path_walkers.mp4');

async function entriesOf(cacheDir: string): Promise<string[]> {
  const shards = await readdir(join(cacheDir, 'entries')).catch(() => []);
  return (await Promise.all(shards.map((shard) => readdir(join(cacheDir, 'entries', shard))))).flat().sort();
}

/** Clips of different content whose cached frames have about the same size. */
async function distinctClips(count: number): Promise<string[]> {
  const files = Array.from({ length: count }, (_, i) => temporary.path(`clip-${i}.mp4`));
  for (const [i, file] of files.entries()) await makeClip(file, [0, 500, 1000, 1500 + i], ['-bf', '0']);
  return files;
}

describe('FrameCache', () => {
  it('decodes a video once, by its content and settings, not by its name', async () => {
    const cache = new FrameCache(temporary.path('by-content'));
    const first = await cache.sample(clip);
    expect(first).toMatchObject({ hit: false, fps: 1, format: 'jpeg', truncated: false, warnings: [] });
    const copy = temporary.path('another name.mp4');
    await copyFile(clip, copy);
    const second = await cache.sample(copy, { fps: 1 });
    expect({ ...second, release: first.release }).toEqual({ ...first, hit: true });
    const keys = new Set([first.key]);
    for (const options of [{ fps: 2 }, { format: 'png' as const }]) keys.add((await cache.sample(clip, options)).key);
    await writeFile(copy, Buffer.concat([await readFile(clip), Buffer.from([0])]));
    keys.add((await cache.sample(copy)).key);
    expect(keys.size).toBe(4);
  });

  it('gives the very frames of sampleFrames', async () => {
    const cached = await new FrameCache(temporary.path('same')).sample(clip, { fps: 0.5 });
    const direct = await sampleFrames(clip, temporary.path('direct'), { fps: 0.5 });
    expect(cached.info).toEqual(direct.info);
    for (const [k, frame] of direct.frames.entries()) {
      expect(cached.frames[k]).toMatchObject({ index: k, timeSec: 2 * k });
      expect((await readFile(cached.frames[k]?.file ?? '')).equals(await readFile(frame.file))).toBe(true);
    }
  });

  it('is shared by instances, and by callers at the same time', async () => {
    const dir = temporary.path('shared');
    const [a, b] = [new FrameCache(dir), new FrameCache(dir)];
    const all = await Promise.all([a.sample(clip), a.sample(clip), b.sample(clip), a.sample(clip), b.sample(clip)]);
    expect(new Set(all.map((sample) => sample.key)).size).toBe(1);
    expect(await entriesOf(dir)).toHaveLength(1);
    expect(await readdir(join(dir, 'tmp'))).toEqual([]);
    expect((await new FrameCache(dir).sample(clip)).hit).toBe(true);
  });

  it.each<[string, (dir: string, frame: string) => Promise<void>]>([
    ['a frame is missing', (_, frame) => rm(frame)],
    ['a frame is cut', (_, frame) => truncate(frame, 10)],
    ['the record is cut', (dir) => truncate(join(dir, '..', 'entry.json'), 20)],
    ['the record is missing', (dir) => rm(join(dir, '..', 'entry.json'))],
    ['the frames are missing', (dir) => rm(dir, { recursive: true })],
  ])('remakes an entry when %s', async (name, damage) => {
    const cache = new FrameCache(temporary.path(name));
    const made = await cache.sample(clip);
    const frame = made.frames[7]?.file ?? '';
    const bytes = await readFile(frame);
    await damage(made.dir, frame);
    const remade = await cache.sample(clip);
    expect(remade).toMatchObject({ hit: false, key: made.key });
    expect((await readFile(frame)).equals(bytes)).toBe(true);
    expect((await cache.sample(clip)).hit).toBe(true);
  });

  it('remembers no failure, and leaves nothing of one', async () => {
    const dir = temporary.path('failing');
    const cache = new FrameCache(dir);
    const text = temporary.path('text.mp4');
    await writeFile(text, 'no video\n'.repeat(99));
    await expect(cache.sample(text)).rejects.toMatchObject({ fault: 'not-a-video' });
    await expect(cache.sample(clip, { limits: { maxFrames: 3 } })).rejects.toMatchObject({ fault: 'too-long' });
    expect([await entriesOf(dir), await readdir(join(dir, 'tmp'))]).toEqual([[], []]);
    await cache.sample(clip);
    // Made under wider limits; the caller's own still hold.
    await expect(cache.sample(clip, { limits: { maxFrames: 3 } })).rejects.toMatchObject({ fault: 'too-long' });
  });

  it('notices that a video changes while it is sampled', async () => {
    const growing = temporary.path('growing.mp4');
    await copyFile(clip, growing);
    const dir = temporary.path('changing');
    const sampling = new FrameCache(dir).sample(growing).catch((error: unknown) => error);
    await until(async () => (await readdir(join(dir, 'tmp')).catch(() => [])).length > 0);
    await utimes(growing, 1, 1);
    expect(await sampling).toMatchObject({ code: 'BUSY', retryable: true });
    expect(await entriesOf(dir)).toEqual([]);
  });

  it('cancels the work when the last caller has left, not before', async () => {
    const dir = temporary.path('cancelling');
    const cache = new FrameCache(dir);
    const reason = new SrvauError('CANCELLED', 'stopped by the test');
    const [one, two] = [new AbortController(), new AbortController()];
    const first = cache.sample(clip, { signal: one.signal }).catch((error: unknown) => error);
    const second = cache.sample(clip, { signal: two.signal }).catch((error: unknown) => error);
    await until(async () => (await readdir(join(dir, 'tmp')).catch(() => [])).length > 0);
    one.abort(reason);
    expect(await first).toBe(reason);
    expect(await second).toMatchObject({ frames: { length: 12 } });

    const third = cache.sample(clip, { fps: 10, signal: two.signal }).catch((error: unknown) => error);
    await until(async () => (await readdir(join(dir, 'tmp'))).length > 0);
    two.abort(reason);
    expect(await third).toBe(reason);
    expect([await readdir(join(dir, 'tmp')), await runningDecoders()]).toEqual([[], []]);
  });
});

describe('eviction', () => {
  it('removes the least recently used entries and spares what is pinned', async () => {
    const dir = temporary.path('evicting');
    const files = await distinctClips(4);
    const [a = '', b = '', c = '', d = ''] = files;
    const sizing = await new FrameCache(temporary.path('sizing')).sample(a);
    const entryBytes = (await Promise.all(sizing.frames.map((frame) => readFile(frame.file)))).reduce(
      (n, f) => n + f.length,
      0,
    );
    // Room for two and a half.
    const cache = new FrameCache(dir, { maxBytes: entryBytes * 2.5 });
    const pinned = await cache.sample(a);
    for (const file of [b, c]) await (await cache.sample(file)).release();
    // a is the oldest, but in use: b went.
    expect((await cache.sample(a)).hit).toBe(true);
    const again = await cache.sample(c);
    expect(again.hit).toBe(true);
    await again.release();
    await pinned.release();
    await pinned.release();
    // a is pinned still: it was asked for once more. c, not pinned, has to go.
    await (await cache.sample(d)).release();
    expect(await entriesOf(dir)).toHaveLength(2);
    expect((await new FrameCache(dir).sample(a)).hit).toBe(true);
    expect((await new FrameCache(dir).sample(d)).hit).toBe(true);
  });

  it('lets go of a result that nobody released when its lease is over', async () => {
    const dir = temporary.path('leasing');
    const [a = '', b = ''] = await distinctClips(2);
    const cache = new FrameCache(dir, { maxBytes: 1, leaseMs: 1 });
    const first = await cache.sample(a);
    const second = await cache.sample(b);
    expect(await entriesOf(dir)).toEqual([second.key]);
    expect(first.key).not.toBe(second.key);
  });
});

describe('other processes', () => {
  it('never see a half-made entry of one that was killed, and its ffmpeg dies with it', async () => {
    const dir = temporary.path('killed');
    const long = temporary.path('long.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=20', '-c:v', 'libx264', '-preset', 'ultrafast', long);
    const script = `
      const { FrameCache } = require('./cache/frame-cache');
      new FrameCache(process.argv[2]).sample(process.argv[3], { fps: 30 });
    `;
    const child = startOnSources(script, [dir, long]);
    const scratch = async (): Promise<string[]> => readdir(join(dir, 'tmp')).catch(() => []);
    await until(async () => (await scratch()).length > 0 && (await runningDecoders(child.pid)).includes('ffmpeg'));
    const orphans = await runningDecoders(child.pid, 'pid');
    child.kill('SIGKILL');
    await new Promise((ended) => child.once('close', ended));
    if (process.platform === 'linux') {
      const alive = async (): Promise<string[]> => (await readdir('/proc')).filter((pid) => orphans.includes(pid));
      await until(async () => (await alive()).length === 0);
    }
    expect(await entriesOf(dir)).toEqual([]);
    // What is left is swept once it is old.
    const [left = ''] = await scratch();
    await utimes(join(dir, 'tmp', left), 1, 1);
    expect((await new FrameCache(dir).sample(clip)).hit).toBe(false);
    expect(await scratch()).toEqual([]);
  });

  it('may make the same entry at the same time', async () => {
    const dir = temporary.path('racing');
    const script = `
      const { FrameCache } = require('./cache/frame-cache');
      new FrameCache(process.argv[2]).sample(process.argv[3]).then((sample) => console.log(sample.frames.length));
    `;
    const outputs = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = startOnSources(script, [dir, clip]);
        const chunks: Buffer[] = [];
        child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
        await new Promise((ended) => child.once('close', ended));
        return Buffer.concat(chunks).toString().trim();
      }),
    );
    expect(outputs).toEqual(['12', '12', '12']);
    expect(await entriesOf(dir)).toHaveLength(1);
    expect(await readdir(join(dir, 'tmp'))).toEqual([]);
  });
});
