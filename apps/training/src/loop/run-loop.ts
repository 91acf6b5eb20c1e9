import type { EarlyStopConfig, GrpoWarning, TrainSummary } from '@srvau/contracts';
import { AttemptStopped } from '../rank/parent-link';
import type { RankContext } from '../rank/rank-context';
import type { TrainingRun } from '../run/run';
import type { Objective } from './objective';
import { TrainingLoop } from './training-loop';

/** What the loop takes of a configuration, of either kind. */
export interface LoopConfig {
  readonly checkpoints: { readonly every: number };
  readonly validation: { readonly earlyStop?: EarlyStopConfig };
  readonly guards?: { readonly stopOn: readonly GrpoWarning[] };
}

/**
 * Trains from where the run stands to its last step, or until it is stopped. All ranks call it together.
 *
 * What is done in a step, in this order: the objective's step, the validation if it is due, one line of metrics with the
 * values of both, timings, samples, events; then a checkpoint if one is due: every so many steps, at a new best, at the end.
 * Whatever of this a kill cuts off is after the last checkpoint, so it is dropped and done again. A run that begins is
 * validated before its first step: the line of step 0.
 *
 * @throws the reason of the signal when it aborts, else what failed; the event says so too, unless the run is another process's by
 *   then
 */
export async function runLoop(
  objective: Objective,
  run: TrainingRun,
  context: RankContext,
  config: LoopConfig,
): Promise<TrainSummary> {
  const signal = AbortSignal.any([context.signal, run.signal]);
  const loop = new TrainingLoop(objective, run, context, config, signal);
  try {
    return await loop.run();
  } catch (error) {
    throw await tellEnd(run, context, loop.step, error);
  }
}

/**
 * Says in the events of a run why an attempt at it ended.
 * @returns what it ended by: what fails because it is to end says nothing of why it is
 */
export async function tellEnd(run: TrainingRun, context: RankContext, step: number, error: unknown): Promise<unknown> {
  const signal = AbortSignal.any([context.signal, run.signal]);
  const cause: unknown = signal.aborted ? signal.reason : error;
  // Its events are written by whoever has taken it over.
  if (run.signal.aborted) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  try {
    await run.event({ step, kind: isStop(context, cause) ? 'stopped' : 'failed', message });
  } catch (notTold) {
    // Of the two failures the first one is what counts; where the disk is full this one is the same.
    context.log.warn({ err: notTold }, 'the end of the run is not in its events');
  }
  return cause;
}

/** Whether somebody wanted the end. What another rank died of ends this one by the signal too. */
const isStop = ({ signal }: RankContext, cause: unknown): boolean =>
  signal.aborted && !(cause instanceof AttemptStopped && cause.why === 'rank-failed');
