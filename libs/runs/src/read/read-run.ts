import { join } from 'node:path';
import type { RunEvent } from '@srvau/contracts';
import { type Checkpoint, Checkpoints, lockHolder, RunDirectory, type RunRecord } from '@srvau/storage';
import { readEvents } from './read-events';
import type { Faults } from './faults';
import { readMetrics, type ReadMetricsOptions, type RunMetrics } from './read-metrics';

/**
 * How a run stands. `stopped`: it ended in order before its last step, by early stop, by a guard or cancelled. `interrupted`: it
 * was killed. Both can be gone on with.
 */
export const RUN_STATES = ['running', 'finished', 'stopped', 'failed', 'interrupted'] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface Run {
  /** Absolute path. */
  readonly dir: string;
  readonly record: RunRecord;
  readonly state: RunState;
  readonly metrics: RunMetrics;
  readonly events: readonly RunEvent[];
  readonly checkpoints: readonly Checkpoint[];
  /** Of all its logs. */
  readonly faults: Faults;
}

/**
 * Reads a run without touching it; also while it goes on.
 * @throws SrvauError NOT_FOUND: no `run.json`; UNPROCESSABLE: a bad one
 */
export async function readRun(dir: string, options: ReadMetricsOptions = {}): Promise<Run> {
  const record = await RunDirectory.read(dir);
  // Before the events: a run that ends meanwhile has then written its last one.
  const isHeld = (await lockHolder(dir)) !== null;
  const [metrics, events, checkpoints] = await Promise.all([
    readMetrics(dir, options),
    readEvents(dir, options.signal),
    new Checkpoints(join(dir, 'checkpoints')).list(),
  ]);
  const faults = {
    count: metrics.faults.count + events.faults.count,
    messages: [...metrics.faults.messages, ...events.faults.messages],
  };
  return { dir, record, state: stateOf(isHeld, events.events), metrics, events: events.events, checkpoints, faults };
}

/** By the lock, then by what was written since the run was last begun. */
export function stateOf(isHeld: boolean, events: readonly RunEvent[]): RunState {
  if (isHeld) return 'running';
  const begun = events.findLastIndex(({ kind }) => kind === 'started' || kind === 'resumed');
  const kinds = new Set(events.slice(begun + 1).map(({ kind }) => kind));
  return (['failed', 'stopped', 'finished'] as const).find((kind) => kinds.has(kind)) ?? 'interrupted';
}
