import type { MessagePort } from 'node:worker_threads';
import {
  type EvaluationScoreJobRequest,
  type EvaluationScoreRequest,
  type EvaluationScores,
  type JobProgress,
  SrvauError,
  type WireError,
} from '@srvau/contracts';
import { ArtifactStore, type ArtifactStoreOptions } from '@srvau/storage';
import { workerData } from 'piscina';
import { scoreJob } from './score-job';
import { scoreRequest } from './score-request';

/** What a thread of `ScoreThreads` is asked. */
export type ScoreTask =
  | { kind: 'request'; request: EvaluationScoreRequest }
  | { kind: 'job'; request: EvaluationScoreJobRequest; progress: MessagePort };

/** Errors lose their class between threads, so they travel as they do over the wire. `scores` are null for files that are a job. */
export type ScoreOutcome = { scores: EvaluationScores | null } | { error: WireError };

/** Whoever gives up ends the thread. */
const NEVER = new AbortController().signal;

let opened: ArtifactStore | undefined;

export async function scoreTask(task: ScoreTask): Promise<ScoreOutcome> {
  opened ??= new ArtifactStore(workerData as ArtifactStoreOptions);
  try {
    if (task.kind === 'request') return { scores: (await scoreRequest(task.request, opened, NEVER)) ?? null };
    const progress = (state: JobProgress): void => task.progress.postMessage(state);
    return { scores: await scoreJob(task.request, { store: opened, signal: NEVER, progress }) };
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    return { error: error.toWire() };
  }
}
