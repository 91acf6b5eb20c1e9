import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameRenderer, makeDataset, planDataset, scriptOf, type SynthSettings } from '@srvau/synthetic';
import type { BenchReport } from '../report';

const CLIPS = 160;
const TARGET = 20;
const CORES = 2;

const SETTINGS: SynthSettings = {
  seed: 1,
  clips: CLIPS,
  width: 112,
  height: 112,
  fps: 8,
  minSec: 8,
  maxSec: 12,
  scenes: ['street', 'corridor', 'car-park', 'shop'],
  oodScenes: ['plaza'],
  splits: { train: 70, val: 10, test: 10, 'test-ood-scene': 10, 'test-ood-footage': 0 },
  questions: 2,
  footage: [],
};

/**
 * Clips of 8 to 12 s at 112 × 112 and 8 frames a second, from nothing to MP4 files, scripts and annotations; and what of it
 * is drawing. Processor time is that of this process and its ffmpegs: on a machine that does other things too, clips a second
 * say more of those than of us.
 */
export async function benchSynthetic(): Promise<BenchReport> {
  const out = await mkdtemp(join(tmpdir(), 'srvau-bench-synth-'));
  try {
    const drawn = draw();
    const signal = new AbortController().signal;
    const options = { footagePaths: {}, workers: CORES, signal };
    // Once unmeasured, so that neither ffmpeg's pages nor our code are cold.
    await makeDataset({ ...options, out: join(out, 'warm'), settings: { ...SETTINGS, clips: 16 } });
    const [start, before] = [performance.now(), processorMs()];
    await makeDataset({ ...options, out: join(out, 'clips'), settings: SETTINGS });
    const rate = CLIPS / ((performance.now() - start) / 1000);
    const perClipMs = (processorMs() - before) / CLIPS;
    return {
      name: 'synthetic',
      rows: [
        {
          name: `clips, ${CORES} threads`,
          value: round(rate),
          unit: 'clips/s',
          target: `≥ ${TARGET} on two idle cores`,
          ok: rate >= TARGET,
        },
        ...(perClipMs > 0 ? [{ name: 'all of it', value: round(perClipMs), unit: 'ms of processor a clip' }] : []),
        { name: 'drawing, one thread', value: round(drawn.clipsPerSec), unit: 'clips/s' },
        { name: 'drawing', value: round(drawn.cpuMs), unit: 'ms of processor a clip' },
      ],
      notes: [`${CLIPS} clips of 8 to 12 s, 112x112 at 8 fps, H.264 veryfast; the rest of the time is ffmpeg's`],
    };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Time that processors spent on this process and on children that have ended, ms; 0 where there is no /proc. */
function processorMs(): number {
  if (!existsSync('/proc/self/stat')) return 0;
  const text = readFileSync('/proc/self/stat', 'utf8');
  // After the name in parentheses, counted from 3: utime, stime, cutime, cstime are 14 to 17, in hundredths of a second.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

function draw(): { clipsPerSec: number; cpuMs: number } {
  const plan = planDataset({ ...SETTINGS, clips: 60 });
  const drawAll = (): void => {
    for (const { order } of plan) {
      const script = scriptOf(order);
      const renderer = new FrameRenderer(script);
      for (let frame = 0; frame < script.video.frames; frame += 1) renderer.render(frame);
    }
  };
  drawAll();
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  drawAll();
  const { user, system } = process.cpuUsage(cpu);
  return {
    clipsPerSec: plan.length / ((performance.now() - start) / 1000),
    cpuMs: (user + system) / 1000 / plan.length,
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
