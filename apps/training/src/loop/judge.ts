import type { EarlyStopConfig } from '@srvau/contracts';
import type { TrainState } from '../run/run';
import type { ValidationOutcome } from './objective';

/** What a validation after `step` steps makes of what is known of the best checkpoint. */
export function judge(
  { best, sinceBest }: Pick<TrainState, 'best' | 'sinceBest'>,
  { metric, value, better }: ValidationOutcome['score'],
  step: number,
  minDelta: number,
): Pick<TrainState, 'best' | 'sinceBest'> {
  const gain = best === null ? Infinity : better === 'lower' ? best.value - value : value - best.value;
  // A value that is not finite is never the best: nothing that came later would be better than −∞.
  return Number.isFinite(value) && gain > minDelta
    ? { best: { step, metric, value }, sinceBest: 0 }
    : { best, sinceBest: sinceBest + 1 };
}

export const isOutOfPatience = (sinceBest: number, earlyStop: EarlyStopConfig | undefined): boolean =>
  earlyStop !== undefined && sinceBest >= earlyStop.patience;
