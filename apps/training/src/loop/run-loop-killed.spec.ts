import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const KILLS = 20;
const STEPS = 200;
const RUNNER = join(__dirname, '../../../../tests/support/run-ts.mjs');
const CHILD = join(__dirname, '../../test/toy-child.ts');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-killed-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Moment {
  /** Steps that it has told of; −1: counted from its start. */
  readonly steps: number;
  readonly laterMs: number;
}

/** Trains in a process of its own, to the end or to a moment. @returns its exit code; null when it was killed */
async function train(dir: string, killedAt?: Moment): Promise<number | null> {
  const child = spawn(process.execPath, [RUNNER, CHILD, dir, `${STEPS}`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  if (killedAt !== undefined) {
    await Promise.race([told(child.stdout, killedAt.steps + 1), closed]);
    await sleep(killedAt.laterMs);
    child.kill('SIGKILL');
  } else child.stdout.resume();
  await closed;
  return child.exitCode;
}

async function told(output: Readable, lines: number): Promise<void> {
  let left = lines;
  if (left === 0) return;
  for await (const _line of createInterface(output)) if ((left -= 1) === 0) return;
}

/** Everything that an equal run has alike: not when, and not what took how long. */
async function contentOf(dir: string): Promise<Record<string, string | readonly string[]>> {
  const run = join(dir, 'run');
  const read = (path: string): Promise<string> => readFile(join(run, path), 'latin1');
  const [checkpoints, samples] = await Promise.all([readdir(join(run, 'checkpoints')), readdir(join(run, 'samples'))]);
  const files = [
    ...['metrics.jsonl', ...samples.map((name) => join('samples', name))],
    ...checkpoints.flatMap((name) =>
      ['model.safetensors', 'srvau/optimizer.safetensors', 'srvau/state.json'].map((file) =>
        join('checkpoints', name, file),
      ),
    ),
  ];
  const steps = (await read('timings.jsonl')).match(/"step":\d+/g) ?? [];
  const contents = await Promise.all(files.map(async (file) => [file, await read(file)] as const));
  return {
    ...Object.fromEntries(contents),
    timings: steps,
    entries: [...new Set((await readdir(run)).map(withoutTime))].sort(),
  };
}

const withoutTime = (name: string): string => name.replace(/(?<=tfevents\.)\d+/, '…');

/** Park and Miller's; the moments differ from kill to kill, and are those of the seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test(
  `a run that is killed at ${KILLS} moments is, file by file, the run that was never killed`,
  async () => {
    const [whole, killed] = [join(root, 'whole'), join(root, 'killed')];
    expect(await train(whole)).toBe(0);
    const random = seeded(11);
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Most often while it trains, now and then while it opens the run and takes it back.
      const early = random() < 0.25;
      const moment = early
        ? { steps: -1, laterMs: random() * 600 }
        : { steps: Math.floor(random() * 10), laterMs: random() * 10 };
      expect(await train(killed, moment)).toBeNull();
    }
    expect(await train(killed)).toBe(0);
    expect(await contentOf(killed)).toEqual(await contentOf(whole));
  },
  5 * 60_000,
);
