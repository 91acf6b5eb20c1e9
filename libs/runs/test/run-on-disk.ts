import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '@srvau/contracts';
import { type NewRun, RunDirectory, type TableSchema, writeParquet } from '@srvau/storage';

/** A folder of its own for each test. */
export function useTempDir(): () => string {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'srvau-runs-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  return () => dir;
}

export interface RunOnDisk extends Partial<NewRun> {
  /** From step 1 on. */
  metrics?: readonly Record<string, unknown>[];
  events?: readonly (Partial<RunEvent> & Pick<RunEvent, 'kind'>)[];
  checkpoints?: readonly number[];
}

/** Writes a run as the training service does, and leaves it open: whoever closes it ends it. */
export async function openRun(dir: string, run: RunOnDisk = {}): Promise<RunDirectory> {
  const { metrics = [], events = [], checkpoints = [], ...given } = run;
  const open = await RunDirectory.createIn(dir, {
    ...{ kind: 'training.grpo', seed: 0, config: {}, versions: { srvau: '0.1.0' } },
    ...given,
  });
  for (const [i, values] of metrics.entries()) await open.appendMetrics({ step: i + 1, ...values });
  for (const event of events) {
    await open.appendEvent({ at: '2026-01-02T03:04:05.000Z', step: 0, message: event.kind, ...event });
  }
  for (const step of checkpoints) await open.checkpoints.write(step, () => Promise.resolve());
  return open;
}

export async function writeRun(dir: string, run: RunOnDisk = {}): Promise<void> {
  await (await openRun(dir, run)).close();
}

/** As the training service keeps them. */
const SAMPLES = {
  ...{ step: 'int64', id: 'string', groupId: 'string', task: 'string', prompt: 'string', completion: 'string' },
  ...{ finish: 'string', tokens: 'int32', truth: 'json', scores: 'json', reward: 'double?', advantage: 'double?' },
  wellFormed: 'boolean',
} as const satisfies TableSchema;

export async function writeSamples(
  run: RunDirectory,
  step: number,
  rows: readonly { id: string; groupId: string; completion?: string; prompt?: string; scores?: unknown }[],
  rank = 0,
): Promise<void> {
  const whole = rows.map((row) => ({
    ...{ step, task: 'qa', prompt: 'Who?', completion: 'B', finish: 'stop', tokens: 3, truth: { label: 'B' } },
    ...{ scores: { task: { kind: 'scored', value: 1 } }, reward: 1, advantage: 0, wellFormed: true },
    ...row,
  }));
  await writeParquet(await run.samples.pathFor(step, rank), whole, SAMPLES);
}
