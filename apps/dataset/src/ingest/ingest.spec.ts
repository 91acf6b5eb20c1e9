import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type IngestRequest, type IngestSummary, type JobProgress, silentLog, SrvauError } from '@srvau/contracts';
import {
  ArtifactStore,
  DirectoryLock,
  fileUri,
  inspectDataset,
  readDataset,
  readDatasetExclusions,
  readParquet,
} from '@srvau/storage';
import { FrameCache } from '@srvau/video';
import { type IngestDeps, ingestDataset } from './ingest';

const run = promisify(execFile);
const HEADER =
  'Video Name,Question,Option 1,Option 2,Option 3,Option 4,Correct Option,Key Object,Description,Reasoning,Anomaly Class,Start Time,End Time';
const row = (video: string, anomalyClass: string, start: number, end: number, question = 'What happens?'): string =>
  `${video},${question},a cart,a dog,a van,nothing,B,dog,A dog runs.,Because.,${anomalyClass},${start},${end}`;

let root: string;
let videos: string;
let frames: FrameCache;
let next = 0;

async function clip(name: string, seconds: number, colour: string): Promise<void> {
  const source = `color=c=${colour}:s=64x48:r=5:d=${seconds}`;
  const ffmpeg = process.env['SRVAU_FFMPEG'] ?? 'ffmpeg';
  await run(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:v', 'libx264', '-y', join(videos, name)]);
}

async function annotations(rows: readonly string[], name = 'test_ucf.csv'): Promise<string> {
  const dir = join(root, `annotations ${(next += 1)}`);
  await mkdir(dir);
  await writeFile(join(dir, name), `${[HEADER, ...rows].join('\n')}\n`);
  return join(dir, name);
}

/** A place for a dataset that does not exist yet, nor does the directory above it. */
const newOut = (): string => join(root, `out ${(next += 1)}`, 'dataset');

function ingest(
  file: string,
  out: string,
  request: Partial<IngestRequest> = {},
  deps: Partial<IngestDeps> = {},
): Promise<IngestSummary> {
  return ingestDataset(
    { annotations: fileUri(file), videos: fileUri(videos), out: fileUri(out), ...request },
    {
      store: new ArtifactStore({ fileRoots: [root], s3: false }),
      frames,
      signal: new AbortController().signal,
      progress: () => undefined,
      log: silentLog,
      ...deps,
    },
  );
}

/** Relative path → bytes of every file below a directory. */
async function contents(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory()) found[path.slice(dir.length + 1)] = await readFile(path, 'base64');
  }
  return found;
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-ingest-'));
  videos = join(root, 'videos');
  await mkdir(join(videos, 'Arson'), { recursive: true });
  await clip('Arson/Arson001_x264.mp4', 4, 'red');
  await clip('yard.mp4', 3, 'green');
  await writeFile(join(videos, 'notes.mp4'), 'These are notes.\n');
  await writeFile(join(videos, 'empty.mp4'), '');
  await mkdir(join(videos, 'folder.mp4'));
  await run('mkfifo', [join(videos, 'fifo.mp4')]);
  await mkdir(join(videos, 'copy'));
  await cp(join(videos, 'yard.mp4'), join(videos, 'copy', 'twin.mp4'));
  await mkdir(join(videos, 'other'));
  await cp(join(videos, 'yard.mp4'), join(videos, 'other', 'twin.mp4'));
  frames = new FrameCache(join(root, 'cache'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('ingestDataset', () => {
  it('makes a dataset that stands on its own and says what it left out', async () => {
    const file = await annotations([
      row('ucf_Arson001_x264.mp4', 'Arson', 1, 3),
      row('yard.mp4', 'Normal', 0, 0),
      row('yard.mp4', 'Stealing', 2, 9, 'Who comes?'),
      row('yard.mp4', 'Stealing', 5, 9, 'Who goes?'),
      row('yard.mp4', 'Normal', 0, 0),
      row('gone.mp4', 'Fire', -1, -1),
      row('twin.mp4', 'Fire', 1, 2),
      row('notes.mp4', 'Fire', 1, 2),
      row('empty.mp4', 'Fire', 1, 2),
      row('folder.mp4', 'Fire', 1, 2),
      row('fifo.mp4', 'Fire', 1, 2),
      row('../yard.mp4', 'Fire', 1, 2),
    ]);
    const out = newOut();
    const progress: JobProgress[] = [];
    const summary = await ingest(file, out, {}, { progress: (p) => progress.push(p) });
    expect(summary).toEqual({
      rows: 10,
      qaEligible: 10,
      groundingEligible: 8,
      normal: 1,
      videosFound: 6,
      videosMissing: 2,
      exclusions: {
        'grounding:no-span': 1,
        'grounding:span-after-video': 1,
        'row:duplicate': 1,
        'row:invalid-video-name': 1,
        'video:ambiguous': 1,
        'video:empty-file': 1,
        'video:missing': 1,
        'video:not-a-file': 2,
        'video:not-a-video': 1,
      },
      out,
    });
    expect(progress.at(-1)).toEqual({ stage: 'videos', done: 4, total: 4, unit: 'videos' });

    const { card, rows } = await readDataset(out);
    const { out: _out, ...withoutOut } = summary;
    expect(card.summary).toEqual(withoutOut);
    expect(card.inputs.annotations).toMatchObject({ uri: fileUri(file), format: 'vau-bench' });
    expect(card.statistics).toMatchObject({
      bySource: { ucf: { rows: 10 } },
      bySplit: { test: { rows: 10 } },
      byClass: { Arson: { rows: 1 }, Fire: { rows: 6 }, Normal: { rows: 1 }, Stealing: { rows: 2 } },
      videos: { named: 8, found: 6, missing: 2, readable: 2, frames: 7 },
      videoDuration: { count: 2, totalSec: 7, minSec: 3, maxSec: 4 },
    });
    expect(card.warnings).toEqual([{ reason: 'grounding:span-exceeds-video', count: 1, examples: ['yard.mp4#2'] }]);
    expect(rows.map(({ id, frames: n, groundingEligible }) => [id, n, groundingEligible])).toEqual([
      ['ucf_Arson001_x264.mp4', 4, true],
      ['yard.mp4', 3, true],
      ['yard.mp4#2', 3, true],
      ['yard.mp4#3', 3, false],
      ['gone.mp4', null, false],
      ['twin.mp4', null, true],
      ['notes.mp4', null, true],
      ['empty.mp4', null, true],
      ['folder.mp4', null, true],
      ['fifo.mp4', null, true],
    ]);

    const exclusions = [];
    for await (const exclusion of readDatasetExclusions(out)) exclusions.push(exclusion);
    expect(exclusions).toHaveLength(10);
    expect(exclusions.find(({ video }) => video === 'twin.mp4')?.detail).toContain('copy/twin.mp4, other/twin.mp4');
    expect(exclusions.find(({ reason }) => reason === 'row:duplicate')).toMatchObject({ row: 5, line: 6, id: null });
    expect(exclusions.find(({ video }) => video === 'fifo.mp4')?.detail).toContain('FIFO');

    const table = await readParquet(join(out, 'manifest.parquet'));
    expect(table.map((record) => record['id'])).toEqual(rows.map(({ id }) => id));
    expect(table[0]).toMatchObject({
      optionA: 'a cart',
      optionD: 'nothing',
      startSec: 1,
      endSec: 3,
      videoKey: rows[0]?.videoKey,
    });

    const files = Object.keys(await contents(out)).sort();
    expect(files).toEqual([
      'dataset.json',
      'exclusions.jsonl',
      ...[rows[0], rows[1]]
        .flatMap((r) => Array.from({ length: r?.frames ?? 0 }, (_, k) => `frames/${r?.videoKey}/00000${k}.jpg`))
        .sort(),
      'manifest.jsonl',
      'manifest.parquet',
    ]);
    // Nothing of this machine but where the inputs came from, which the card names.
    for (const name of ['manifest.jsonl', 'exclusions.jsonl']) {
      expect(await readFile(join(out, name), 'utf8')).not.toContain(root);
    }
  });

  it('makes the same bytes of the same inputs, wherever and however many at a time', async () => {
    const file = await annotations([row('yard.mp4', 'Normal', 0, 0), row('Arson001_x264.mp4', 'Arson', 1, 2)]);
    const [one, two] = [newOut(), newOut()];
    await ingest(file, one, {}, { concurrency: 1 });
    await ingest(file, two, {}, { concurrency: 8, frames: new FrameCache(join(root, 'another cache')) });
    expect(await contents(two)).toEqual(await contents(one));
  });

  it('returns a finished dataset of the same inputs as it is', async () => {
    const file = await annotations([row('yard.mp4', 'Normal', 0, 0), row('gone.mp4', 'Fire', 1, 2)]);
    const out = newOut();
    const first = await ingest(file, out);
    const before = await stat(join(out, 'dataset.json'));
    const moved = await annotations([row('yard.mp4', 'Normal', 0, 0), row('gone.mp4', 'Fire', 1, 2)]);
    await expect(ingest(moved, out)).resolves.toEqual(first);
    expect((await stat(join(out, 'dataset.json'))).mtimeMs).toBe(before.mtimeMs);
    await expect(ingest(file, out, { strict: true })).rejects.toThrow('received a dataset with 1 video:missing');
  });

  it('refuses a directory with other contents, names them and leaves them alone', async () => {
    const file = await annotations([row('yard.mp4', 'Normal', 0, 0)]);
    const foreign = join(root, `foreign ${(next += 1)}`);
    await mkdir(join(foreign, 'frames'), { recursive: true });
    await writeFile(join(foreign, 'thesis.md'), 'text');
    const before = await contents(foreign);
    await expect(ingest(file, foreign)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(ingest(file, foreign)).rejects.toThrow('received "frames", "thesis.md"');
    await expect(ingest(file, join(foreign, 'thesis.md'))).rejects.toThrow('expected a directory, received a file');
    expect(await contents(foreign)).toEqual(before);

    // `work` is also the name of our own folder; somebody else's is not to be touched.
    const theirs = join(root, `theirs ${(next += 1)}`);
    await mkdir(join(theirs, 'work'), { recursive: true });
    await writeFile(join(theirs, 'work', 'inputs.json'), 'not ours');
    await expect(ingest(file, theirs)).rejects.toThrow('received "work"');
    expect(await contents(theirs)).toEqual({ 'work/inputs.json': Buffer.from('not ours').toString('base64') });

    const out = newOut();
    await ingest(file, out);
    await expect(ingest(file, out, { fps: 2 })).rejects.toThrow('an ingest with settings.fps 1 instead of 2');
    await appendFile(file, `${row('Arson001_x264.mp4', 'Arson', 1, 2)}\n`);
    const changed = expect(ingest(file, out)).rejects;
    await changed.toThrow('annotations.sha256');
    await changed.toMatchObject({ code: 'CONFLICT' });
  });

  it('writes nothing for faulty annotations', async () => {
    const faults: [string, string][] = [
      [`${HEADER}\n`, 'expected at least one data row, received none'],
      [
        `${HEADER}\n${row('../a.mp4', 'Fire', 1, 2)}\n`,
        'received 1 that are all refused (row 1 row:invalid-video-name',
      ],
      [`${HEADER}\n${row('yard.mp4', 'Fire', 1, 2)}\n"a`, 'row 2 (line 3)'],
      ['nothing to see\n', 'missing columns'],
    ];
    for (const [text, message] of faults) {
      const file = await annotations([]);
      await writeFile(file, text);
      const out = newOut();
      await expect(ingest(file, out)).rejects.toThrow(message);
      expect(await exists(join(out, '..'))).toBe(false);
    }
    await expect(ingest(join(root, 'absent.csv'), newOut())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const file = await annotations([row('yard.mp4', 'Normal', 0, 0)]);
    const elsewhere = { videos: fileUri(join(root, 'no videos')) };
    await expect(ingest(file, newOut(), elsewhere)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ingest(file, newOut(), { videos: fileUri(file) })).rejects.toThrow('expected a directory');
    await expect(ingest(file, join(tmpdir(), 'outside'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('with strict, names what is missing or unreadable and leaves nothing behind', async () => {
    const missing = await annotations(Array.from({ length: 8 }, (_, i) => row(`gone_${i}.mp4`, 'Fire', 1, 2)));
    const out = newOut();
    await expect(ingest(missing, out, { strict: true })).rejects.toThrow(
      '8 of 8 that are not: "gone_0.mp4" (missing), "gone_1.mp4" (missing)',
    );
    expect(await exists(join(out, '..'))).toBe(false);

    const unreadable = await annotations([row('yard.mp4', 'Normal', 0, 0), row('notes.mp4', 'Fire', 1, 2)]);
    const failure = expect(ingest(unreadable, out, { strict: true })).rejects;
    await failure.toThrow('1 of 2 that are not: "notes.mp4" (not-a-video)');
    await failure.toMatchObject({ code: 'UNPROCESSABLE' });
    expect(await exists(join(out, '..'))).toBe(false);

    const sound = await annotations([row('yard.mp4', 'Normal', 0, 0)]);
    await expect(ingest(sound, out, { strict: true })).resolves.toMatchObject({ rows: 1, exclusions: {} });
  });

  it('refuses a second ingest of one directory while the first is at it', async () => {
    const file = await annotations([row('yard.mp4', 'Normal', 0, 0)]);
    const out = newOut();
    {
      await using lock = await DirectoryLock.acquire(out);
      await expect(ingest(file, out)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(lock.signal.aborted).toBe(false);
    }
    await expect(ingest(file, out)).resolves.toMatchObject({ rows: 1 });
    {
      // Once it is finished there is nothing to write, so nothing to wait for.
      await using lock = await DirectoryLock.acquire(out);
      await expect(ingest(file, out)).resolves.toMatchObject({ rows: 1 });
      expect(lock.signal.aborted).toBe(false);
    }

    const other = newOut();
    const results = await Promise.allSettled([ingest(file, other), ingest(file, other), ingest(file, other)]);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as SrvauError] : []));
    expect(refused.every(({ code }) => code === 'CONFLICT')).toBe(true);
    expect(refused.length).toBeLessThan(3);
    await expect(readDataset(other)).resolves.toMatchObject({ rows: [{ id: 'yard.mp4' }] });
  });

  it('stops when told to, and goes on without decoding finished videos again', async () => {
    const file = await annotations([row('yard.mp4', 'Normal', 0, 0), row('Arson001_x264.mp4', 'Arson', 1, 2)]);
    const out = newOut();
    const controller = new AbortController();
    const reason = new SrvauError('CANCELLED', 'cancelled by the test');
    const stopAfterFirst = (p: JobProgress): void => {
      if (p.stage === 'videos' && p.done === 1) controller.abort(reason);
    };
    const deps = { signal: controller.signal, progress: stopAfterFirst, concurrency: 1 };
    await expect(ingest(file, out, {}, deps)).rejects.toBe(reason);
    await expect(inspectDataset(out)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ingest(file, out, { fps: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });

    const sampled: string[] = [];
    const watched = new FrameCache(join(root, `cache ${(next += 1)}`));
    const sample = watched.sample.bind(watched);
    watched.sample = (path, options) => {
      sampled.push(path);
      return sample(path, options);
    };
    await ingest(file, out, {}, { frames: watched });
    expect(sampled).toHaveLength(1);
    const uninterrupted = newOut();
    await ingest(file, uninterrupted);
    expect(await contents(out)).toEqual(await contents(uninterrupted));
  });

  it('samples a video again whose file was changed between two runs', async () => {
    await clip('changing.mp4', 2, 'blue');
    const file = await annotations([row('changing.mp4', 'Normal', 0, 0), row('yard.mp4', 'Normal', 0, 0)]);
    const out = newOut();
    const controller = new AbortController();
    const stop = (p: JobProgress): void => {
      if (p.stage === 'videos' && p.done === 1) controller.abort(new SrvauError('CANCELLED', 'enough'));
    };
    await expect(
      ingest(file, out, {}, { signal: controller.signal, progress: stop, concurrency: 1 }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    await clip('changing.mp4', 5, 'white');
    await ingest(file, out);
    const { rows } = await readDataset(out);
    expect(rows.map((r) => r.frames)).toEqual([5, 3]);
    expect((await readdir(join(out, 'frames'))).sort()).toEqual(rows.map((r) => r.videoKey).sort());
  });

  it('reads JSONL, from videos reached through a link, into a directory among them', async () => {
    const file = await annotations([], 'val.jsonl');
    await writeFile(file, `{"video":"yard.mp4","anomalyClass":"Normal"}\n`);
    await symlink(videos, join(root, 'linked videos'));
    const out = join(videos, 'made here');
    const summary = await ingest(file, out, { videos: fileUri(join(root, 'linked videos')), source: 'msad' });
    expect(summary).toMatchObject({ rows: 1, videosFound: 1, exclusions: { 'qa:no-text': 1 } });
    expect((await readDataset(out)).rows[0]).toMatchObject({ source: 'msad', split: 'val', question: null });
    await rm(out, { recursive: true });
  });
});
