import type { RoundAnswer, Transcript } from '@srvau/reasoning';
import type { Rollout } from '@srvau/reward-sdk';

const { freeze } = Object;

/** Freezes rollouts deeply, before code of others sees them. */
export function freezeRollouts(rollouts: readonly Rollout[]): readonly Rollout[] {
  for (const rollout of rollouts) freezeRollout(rollout);
  return freeze(rollouts);
}

/** By the names of the fields: `deepFreeze`, which has to look for them, takes nearly twice as long. */
export function freezeRollout(rollout: Rollout): Rollout {
  freezeTranscript(rollout.transcript);
  freeze(rollout.lengths);
  if (rollout.truth.span !== undefined) freeze(rollout.truth.span);
  freeze(rollout.truth);
  return freeze(rollout);
}

function freezeTranscript(transcript: Transcript): void {
  for (const segment of transcript.segments) freeze(segment);
  freeze(transcript.segments);
  for (const fault of transcript.faults) freeze(fault);
  freeze(transcript.faults);
  freezeAnswer(transcript.firstAnswer);
  freezeAnswer(transcript.finalAnswer);
  freeze(transcript);
}

function freezeAnswer(answer: RoundAnswer | undefined): void {
  if (answer === undefined) return;
  if (answer.span !== undefined) freeze(answer.span);
  freeze(answer);
}
