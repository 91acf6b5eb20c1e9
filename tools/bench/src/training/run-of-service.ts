import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  eventSubject,
  type JobAccepted,
  type JobEvent,
  type JobRecord,
  type RunEvent,
  SUBJECTS,
  type TrainRequest,
} from '@srvau/contracts';
import { fileUri } from '@srvau/storage';
import { KL_COEF, LEARNING_RATE, type RunSize, SEED } from './setup';
import { MAX_NEW_TOKENS, type World } from './world';
import { type RunTimes, timesOf, type TimingsLine } from './run-times';

const TIMEOUT_MS = 30_000;

/** A run that came to its end. */
export interface ServiceRun extends RunTimes {
  /** Sampled in each step. */
  readonly tokens: readonly number[];
}

export interface RunSettings {
  /** Of the run; below what the service may touch. */
  readonly dir: string;
  readonly ranks: number;
  /** Of each rank. */
  readonly threads: number;
  /** `SEED` without it. */
  readonly seed?: number;
  readonly signal: AbortSignal;
}

/** A whole run of GRPO through the services. @throws Error where it does not succeed */
export async function runOfService(
  connection: NatsConnection,
  world: World,
  size: RunSize,
  { dir, ranks, threads, seed = SEED, signal }: RunSettings,
): Promise<ServiceRun> {
  const request: TrainRequest = {
    ...{ model: fileUri(world.model), data: fileUri(world.data), out: fileUri(dir), ranks },
    config: {
      ...{ seed, steps: size.steps, tasks: ['qa'] },
      rollout: { groupSize: size.groupSize, promptsPerStep: size.prompts, maxNewTokens: MAX_NEW_TOKENS },
      loss: { klCoef: KL_COEF },
      optimizer: { learningRate: LEARNING_RATE },
      checkpoints: { every: size.checkpointEvery },
      validation: { every: 0 },
      video: { fps: world.fps },
      compute: { threads, recompute: false },
    },
  };
  const { state, error } = await trainToEnd(connection, request, signal);
  if (state !== 'succeeded') throw new Error(`the training ${state}: ${JSON.stringify(error)}`);
  const [timings, events, metrics] = await Promise.all([
    linesOf<TimingsLine>(join(dir, 'timings.jsonl')),
    linesOf<RunEvent>(join(dir, 'events.jsonl')),
    linesOf<{ tokens: number }>(join(dir, 'metrics.jsonl')),
  ]);
  return { ...timesOf(timings, events), tokens: metrics.map(({ tokens }) => tokens) };
}

async function trainToEnd(connection: NatsConnection, request: TrainRequest, signal: AbortSignal): Promise<JobRecord> {
  const ask = async <T>(subject: string, body: object): Promise<T> =>
    (await connection.request(subject, JSON.stringify(body), { timeout: TIMEOUT_MS })).json<T>();
  // Before the job is there, so that no event is missed.
  const events: Subscription = connection.subscribe(eventSubject('*'));
  const stop = (): void => events.unsubscribe();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const accepted = await ask<Partial<JobAccepted>>(SUBJECTS.trainingGrpo, request);
    const { jobId } = accepted;
    if (jobId === undefined) throw new Error(`no job: ${JSON.stringify(accepted)}`);
    for await (const message of events) {
      const event = message.json<JobEvent>();
      if (event.jobId === jobId && ['succeeded', 'failed', 'cancelled'].includes(event.state)) break;
    }
    signal.throwIfAborted();
    return await ask<JobRecord>(SUBJECTS.jobsGet, { jobId });
  } finally {
    signal.removeEventListener('abort', stop);
    events.unsubscribe();
  }
}

async function linesOf<T>(path: string): Promise<T[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as T);
}
