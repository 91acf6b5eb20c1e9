import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FrameCache, sampleFrames, streamFrames } from '@srvau/video';
import type { BenchReport } from '../report';

type BenchRow = BenchReport['rows'][number];

const run = promisify(execFile);
const MAX_RATIO = 1.15;
const FIXTURE = join(__dirname, '../../../../tests/fixtures/cctv/path_walkers.mp4');

/**
 * Sampling at 1 frame per second against the bare ffmpeg command that writes the same pictures. Ours also checks the
 * file, probes it, limits the process and publishes the directory, which the bare command does not. The probe runs beside
 * the decoder: it hides behind it while a core is free, and shows with short clips on a machine that is busy already.
 */
export async function benchVideo(): Promise<BenchReport> {
  const work = await mkdtemp(join(tmpdir(), 'srvau-bench-video-'));
  try {
    const minute = join(work, 'minute.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=60'];
    await ffmpeg(...source, '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', minute);
    const rows = [
      ...(await rowsOf('12 s of 320x240', FIXTURE, join(work, 'short'), 15)),
      ...(await rowsOf('60 s of 640x360', minute, join(work, 'long'), 7)),
    ];
    return { name: 'video', rows };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function rowsOf(name: string, file: string, work: string, runs: number): Promise<BenchRow[]> {
  await mkdir(work);
  let made = 0;
  const fresh = (): string => join(work, String((made += 1)));
  const bareSample = async (): Promise<void> => {
    const out = fresh();
    await mkdir(out);
    await ffmpeg('-i', file, '-vf', 'fps=1:round=up', '-q:v', '2', join(out, '%06d.jpg'));
  };
  const bareStream = (): Promise<void> =>
    ffmpeg('-i', file, '-vf', 'fps=1:round=up', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-');
  const stream = async (): Promise<void> => {
    for await (const frame of streamFrames(file)) frame.data.at(-1);
  };
  const cache = new FrameCache(join(work, 'cache'));
  const hit = async (): Promise<void> => (await cache.sample(file)).release();
  await hit();
  const [sampleMs, bareSampleMs] = await fastest(
    runs,
    async () => void (await sampleFrames(file, fresh())),
    bareSample,
  );
  const [streamMs, bareStreamMs] = await fastest(runs, stream, bareStream);
  const [hitMs] = await fastest(runs, hit, async () => undefined);
  return [
    compared(`sampleFrames, ${name}`, sampleMs, bareSampleMs, MAX_RATIO),
    compared(`streamFrames, ${name}`, streamMs, bareStreamMs),
    { name: `FrameCache hit, ${name}`, value: round(hitMs), unit: 'ms' },
  ];
}

function compared(name: string, value: number, peer: number, maxRatio?: number): BenchRow {
  const ratio = value / peer;
  return {
    name,
    value: round(value),
    unit: 'ms',
    peer: round(peer),
    ratio: round(ratio),
    ...(maxRatio === undefined ? {} : { target: `≤ ${maxRatio} × bare ffmpeg`, ok: ratio <= maxRatio }),
  };
}

/**
 * Fastest runs of two tasks that take turns, ms. The fastest, because other load on the machine only ever adds, and with
 * some hundred milliseconds a run a median would measure that load. One unmeasured run first.
 */
async function fastest(runs: number, ours: () => Promise<void>, peers: () => Promise<void>): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let turn = 0; turn <= runs; turn += 1) {
    // Who goes first alternates, too.
    for (const who of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const start = performance.now();
      await (who === 0 ? ours : peers)();
      if (turn > 0) times[who].push(performance.now() - start);
    }
  }
  return [Math.min(...times[0]), Math.min(...times[1])];
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

async function ffmpeg(...args: string[]): Promise<void> {
  const program = process.env['SRVAU_FFMPEG'] ?? 'ffmpeg';
  await run(program, ['-v', 'error', '-nostdin', '-y', ...args], { encoding: 'buffer', maxBuffer: 2 ** 30 });
}
