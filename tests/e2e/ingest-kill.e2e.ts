import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { IngestRequest, IngestSummary } from '@srvau/contracts';
import { fileUri } from '@srvau/storage';
import { randomFrom } from './support/random';

const run = promisify(execFile);
const PROGRAM = join(__dirname, 'support/ingest-process.mjs');
const HEADER =
  'Video Name,Question,Option 1,Option 2,Option 3,Option 4,Correct Option,Key Object,Description,Reasoning,Anomaly Class,Start Time,End Time';
const CLIPS = 6;
/** Enough of them that writing the manifests takes long enough to be killed in. */
const ROWS = 2000;
const SEED = 20_240;

let root: string;
let videos: string;
let annotations: string;

interface Event {
  event: 'ready' | 'progress' | 'sampling' | 'done';
  stage?: string;
  done?: number;
  file?: string;
  summary?: IngestSummary;
}

interface Attempt {
  /** Null when it was killed. */
  summary: IngestSummary | null;
  sampled: string[];
}

let attempts = 0;

/** Starts the ingest, and kills it when `killer` says so. */
async function attempt(out: string, killer: (event: Event, kill: () => void) => void): Promise<Attempt> {
  const request: IngestRequest = {
    annotations: fileUri(annotations),
    videos: fileUri(videos),
    out: fileUri(out),
  };
  // A cache of its own: what is not decoded again is so thanks to the dataset's own steps.
  const cache = join(root, `cache ${(attempts += 1)}`);
  const argument = JSON.stringify({ request, fileRoot: root, cache });
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) =>
    child.once('close', (code, signal) => done({ code, signal })),
  );
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const result: Attempt = { summary: null, sampled: [] };
  if (child.stdout === null) throw new Error('expected a pipe');
  for await (const line of createInterface(child.stdout)) {
    const event = JSON.parse(line) as Event;
    if (event.event === 'sampling') result.sampled.push(event.file ?? '');
    if (event.event === 'done') result.summary = event.summary ?? null;
    killer(event, () => child.kill('SIGKILL'));
  }
  const { code, signal } = await ended;
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the ingest failed with ${code ?? signal}: ${stderr}`);
  return result;
}

/** Files that have a durable step. */
async function finishedVideos(out: string): Promise<string[]> {
  const work = join(out, 'work');
  const names = await readdir(work).catch(() => []);
  const steps = names.filter((name) => name.endsWith('.json') && name !== 'inputs.json');
  const texts = await Promise.all(steps.map((name) => readFile(join(work, name), 'utf8')));
  return texts.map((text) => (JSON.parse(text) as { file: { relativePath: string } }).file.relativePath);
}

async function contents(dir: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found.set(path.slice(dir.length + 1), await readFile(path, 'base64'));
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Kills until the ingest gets through, checking that no finished video is ever decoded again. */
async function sufferUntilDone(
  out: string,
  killerOf: (kills: number) => (event: Event, kill: () => void) => void,
): Promise<{ kills: number; summary: IngestSummary }> {
  let finished: string[] = [];
  for (let kills = 0; kills < 200; kills += 1) {
    const { summary, sampled } = await attempt(out, killerOf(kills));
    expect(sampled.filter((file) => finished.includes(file))).toEqual([]);
    if (summary !== null) return { kills, summary };
    finished = await finishedVideos(out);
  }
  throw new Error('expected the ingest to get through between 200 kills');
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-kill-'));
  videos = join(root, 'videos');
  await mkdir(videos);
  const ffmpeg = process.env['SRVAU_FFMPEG'] ?? 'ffmpeg';
  for (let i = 0; i < CLIPS; i += 1) {
    const source = `testsrc=size=160x120:rate=10:duration=${3 + i}`;
    await run(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:v', 'libx264', join(videos, `clip_${i}.mp4`)]);
  }
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const anomalyClass = i % 3 === 0 ? 'Normal,0.0,0.0' : 'Fire,1.0,2.5';
    return `clip_${i % (CLIPS + 1)}.mp4,Question ${i}?,one,two,three,four,B,a thing,${'text '.repeat(40)},Because.,${anomalyClass}`;
  });
  annotations = join(root, 'test_msad.csv');
  await writeFile(annotations, `${[HEADER, ...rows].join('\n')}\n`);
});

// An ffmpeg whose parent was killed may still be writing its last frame.
afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));

describe('an ingest that is killed', () => {
  it('ends with the very bytes of one that was not, wherever the kills hit', async () => {
    const reference = join(root, 'reference');
    let readyAt = 0;
    let doneAt = 0;
    const { summary } = await attempt(reference, ({ event }) => {
      if (event === 'ready') readyAt = performance.now();
      if (event === 'done') doneAt = performance.now();
    });
    expect(summary).toMatchObject({
      rows: ROWS,
      videosFound: CLIPS,
      videosMissing: 1,
      exclusions: { 'video:missing': 1 },
    });
    const expected = await contents(reference);
    const tookMs = doneAt - readyAt;

    const random = randomFrom(SEED);
    const killed: number[] = [];
    for (let story = 0; story < 2; story += 1) {
      const out = join(root, `story ${story}`);
      const ordeal = await sufferUntilDone(out, (kills) => {
        // Kills come early at first and later with time, so that even the last step, the manifests, gets through.
        const delayMs = random() * tookMs * (0.4 + kills * 0.1);
        return ({ event }, kill) => {
          if (event === 'ready') setTimeout(kill, delayMs).unref();
        };
      });
      killed.push(ordeal.kills);
      expect({ ...ordeal.summary, out: '' }).toEqual({ ...summary, out: '' });
      expect(await contents(out)).toEqual(expected);
    }
    expect(killed.reduce((sum, n) => sum + n)).toBeGreaterThan(0);
  }, 300_000);

  it('goes on after a kill at every video and in the midst of the manifests', async () => {
    const out = join(root, 'step by step');
    const ordeal = await sufferUntilDone(out, (kills) => ({ event, stage, done }, kill) => {
      if (event !== 'progress') return;
      if (kills <= CLIPS && stage === 'videos' && (done ?? 0) >= kills) kill();
      if (kills > CLIPS && kills < CLIPS + 3 && stage === 'manifest' && (done ?? 0) >= 1000 * (kills - CLIPS)) kill();
    });
    expect(ordeal.kills).toBe(CLIPS + 3);
    expect(await contents(out)).toEqual(await contents(join(root, 'reference')));
  }, 300_000);

  it('leaves no lock when it was killed after the last write, and the dataset as it is', async () => {
    const out = join(root, 'killed at the end');
    await attempt(out, () => undefined);
    const storage = JSON.stringify(require.resolve('@srvau/storage'));
    const script = `require(${storage}).DirectoryLock.acquire(process.argv[1]).then(() => process.kill(process.pid, 'SIGKILL'))`;
    await expect(run(process.execPath, ['-e', script, out])).rejects.toMatchObject({ signal: 'SIGKILL' });
    expect(await readdir(out)).toContain('.srvau.lock');

    const { summary, sampled } = await attempt(out, () => undefined);
    expect(summary?.rows).toBe(ROWS);
    expect(sampled).toEqual([]);
    expect(await contents(out)).toEqual(await contents(join(root, 'reference')));
  });
});
