import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { probeVideo, streamFrames } from '@srvau/video';
import { analyseFootage } from '../composite/footage';
import { FrameRenderer } from '../render/frame-renderer';
import type { SynthSettings } from '../plan/settings';
import type { SceneScript } from '../script/scene-script';
import { makeDataset, type MakeOptions } from './make-dataset';

const FIXTURE = join(__dirname, '../../../../tests/fixtures/cctv/path_walkers.mp4');
const SETTINGS: SynthSettings = {
  seed: 5,
  clips: 6,
  width: 56,
  height: 64,
  fps: 4,
  minSec: 8,
  maxSec: 9,
  scenes: ['street', 'shop'],
  oodScenes: ['plaza'],
  splits: { train: 4, val: 0, test: 1, 'test-ood-scene': 1, 'test-ood-footage': 0 },
  questions: 2,
  footage: [],
};

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'srvau-synth-'))));
afterEach(async () => {
  delete process.env['SRVAU_FFMPEG'];
  await rm(dir, { recursive: true, force: true });
});

const make = (out: string, change: Partial<MakeOptions> = {}) =>
  makeDataset({
    out,
    settings: SETTINGS,
    footagePaths: {},
    workers: 0,
    signal: new AbortController().signal,
    ...change,
  });

/** Hash of every file below a directory. */
async function hashes(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(root.length + 1)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return found;
}

async function fault(work: Promise<unknown>): Promise<SrvauError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SrvauError) return error;
  throw new Error(`expected a SrvauError, received ${String(error)}`);
}

async function fakeFfmpeg(script: string): Promise<void> {
  const path = join(dir, 'ffmpeg');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  process.env['SRVAU_FFMPEG'] = path;
}

describe('makeDataset', () => {
  it('makes the same bytes again, and H.264 of the size, rate and length that the scripts say', async () => {
    const [a, b] = [join(dir, 'a'), join(dir, 'b')];
    const card = await make(a);
    await make(b);
    expect(await hashes(b)).toEqual(await hashes(a));
    expect(card.splits.train?.clips).toBe(4);
    expect(card.splits.train?.questions).toBe(8);
    for (const name of await readdir(join(a, 'videos'))) {
      const script = JSON.parse(
        await readFile(join(a, 'scripts', name.replace('.mp4', '.json')), 'utf8'),
      ) as SceneScript;
      const info = await probeVideo(join(a, 'videos', name));
      expect(info).toMatchObject({ width: 56, height: 64 });
      expect(info.durationSec).toBeCloseTo(script.video.durationSec, 1);
      let frames = 0;
      for await (const _ of streamFrames(join(a, 'videos', name), { fps: 4 })) frames += 1;
      expect(frames).toBe(script.video.frames);
    }
  });

  it('encodes what the script renders', async () => {
    await make(dir);
    const script = JSON.parse(await readFile(join(dir, 'scripts/train-00001.json'), 'utf8')) as SceneScript;
    const renderer = new FrameRenderer(script);
    let [sum, count] = [0, 0];
    for await (const frame of streamFrames(join(dir, 'videos/train-00001.mp4'), { fps: 4 })) {
      const { data } = renderer.render(frame.index);
      for (let i = 0; i < data.length; i += 1) sum += Math.abs((data[i] as number) - (frame.data[i] as number));
      count += data.length;
    }
    expect(sum / count).toBeLessThan(9);
  });

  it('goes on where it was stopped, with the same bytes in the end', async () => {
    await make(dir);
    const whole = await hashes(dir);
    for (const name of ['videos/train-00002.mp4', 'synth.json', 'annotations/test.csv']) await rm(join(dir, name));
    await writeFile(join(dir, 'videos/.part-train-00002.mp4'), 'half a clip');
    const seen: { done: number; total: number; reused: number }[] = [];
    const before = await stat(join(dir, 'videos/train-00001.mp4'));
    await make(dir, { onProgress: (progress) => seen.push(progress) });
    expect(seen[0]).toEqual({ done: 5, total: 6, reused: 5 });
    expect(await hashes(dir)).toEqual(whole);
    expect((await stat(join(dir, 'videos/train-00001.mp4'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('refuses a directory of other settings or of other things', async () => {
    await make(dir);
    const other = await fault(make(dir, { settings: { ...SETTINGS, seed: 6, fps: 8 } }));
    expect(other.code).toBe('CONFLICT');
    expect(other.message).toMatch(/of other (fps, seed|seed, fps)/);
    const foreign = join(dir, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'thesis.txt'), 'mine');
    expect((await fault(make(foreign))).code).toBe('CONFLICT');
    expect(await readdir(foreign)).toEqual(['thesis.txt']);
  });

  it('stops on a signal without leaving half a clip, and can go on', async () => {
    const stop = new AbortController();
    const reason = new SrvauError('CANCELLED', 'enough');
    const settings = { ...SETTINGS, clips: 24 };
    const running = make(dir, {
      settings,
      signal: stop.signal,
      onProgress: ({ done }) =>
        done > 0 ? stop.abort(reason) : setImmediate(() => setTimeout(() => stop.abort(reason), 150)),
    });
    expect(await fault(running)).toBe(reason);
    const left = await readdir(join(dir, 'videos'));
    expect(left.filter((name) => name.startsWith('.part-'))).toEqual([]);
    expect(await readdir(dir)).not.toContain('synth.json');
    expect((await make(dir, { settings })).splits.train?.clips).toBe(16);
  });

  it('says so when ffmpeg is missing, fails, or has no room', async () => {
    process.env['SRVAU_FFMPEG'] = join(dir, 'nowhere');
    const missing = await fault(make(join(dir, 'out')));
    expect(missing.code).toBe('UNAVAILABLE');
    expect(missing.message).toContain('SRVAU_FFMPEG');
    await fakeFfmpeg('echo "Unknown encoder \'libx264\'" >&2; exit 1');
    expect((await fault(make(join(dir, 'out')))).message).toContain('an ffmpeg with the encoder libx264');
    await fakeFfmpeg('echo "av_interleaved_write_frame(): No space left on device" >&2; exit 1');
    const full = await fault(make(join(dir, 'out')));
    expect([full.code, full.message]).toEqual(['UNAVAILABLE', expect.stringContaining('no space left')]);
    await fakeFfmpeg('exit 0');
    expect((await fault(make(join(dir, 'out')))).code).not.toBe('CANCELLED');
    delete process.env['SRVAU_FFMPEG'];
    expect(await readdir(join(dir, 'out/videos'))).toEqual([]);
    expect((await make(join(dir, 'out'))).splits.train?.clips).toBe(4);
  });

  it('puts events into real footage, labelled as such', async () => {
    const { source } = await analyseFootage(FIXTURE, 56 / 64, 8);
    const splits = { ...SETTINGS.splits, train: 0, test: 0, 'test-ood-scene': 0, 'test-ood-footage': 1 };
    const settings = { ...SETTINGS, clips: 2, splits, footage: [source] };
    await make(dir, {
      settings,
      footagePaths: { [source.sha256]: { path: FIXTURE, durationSec: source.durationSec } },
    });
    const script = JSON.parse(await readFile(join(dir, 'scripts/test-ood-footage-00000.json'), 'utf8')) as SceneScript;
    expect(script).toMatchObject({ synthetic: true, scene: 'footage', footage: { name: 'path_walkers.mp4' } });
    const rows = await readFile(join(dir, 'annotations/test-ood-footage.csv'), 'utf8');
    expect(rows).toContain('put by a computer');
  });

  it('refuses footage that is shorter than a clip', async () => {
    const error = await fault(analyseFootage(FIXTURE, 1, 30));
    expect(error.message).toContain('expected footage of at least 30 s, received 12.0 s');
  });
});
