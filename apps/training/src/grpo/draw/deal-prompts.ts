import type { VideoConfig } from '@srvau/contracts';
import type { TrainingItem } from '../../data/training-item';

/** What one rank does of a batch of prompts. */
export interface Share {
  readonly items: readonly TrainingItem[];
  /** Of the items in the batch, ascending. */
  readonly places: readonly number[];
}

/**
 * Deals a batch out so that no rank has much longer videos than another, since in every step the ranks wait for the slowest:
 * of the next N prompts each of the N ranks gets one, the longer ones those that have less so far. So every stretch of the
 * batch, a minibatch among them, is dealt evenly, and prompts of equal length go round. A function of the batch alone: all
 * ranks deal alike, and a step that is done again is dealt as it was. How long completions become nobody knows before.
 */
export function dealPrompts(
  batch: readonly TrainingItem[],
  { rank, worldSize }: { readonly rank: number; readonly worldSize: number },
  video: Pick<VideoConfig, 'fps' | 'maxFrames'>,
): Share {
  const dealt = new Array<number>(worldSize).fill(0);
  const places: number[] = [];
  for (let from = 0; from < batch.length; from += worldSize) {
    const next = batch
      .slice(from, from + worldSize)
      .map((item, i) => ({ place: from + i, frames: framesOf(item, video) }));
    next.sort((a, b) => b.frames - a.frames || a.place - b.place);
    const receivers = [...dealt.entries()].sort(([a, hasA], [b, hasB]) => hasA - hasB || a - b).map(([i]) => i);
    for (const [i, { place, frames }] of next.entries()) {
      const receiver = receivers[i] ?? 0;
      dealt[receiver] = (dealt[receiver] ?? 0) + frames;
      if (receiver === rank) places.push(place);
    }
  }
  return { places, items: places.flatMap((place) => batch[place] ?? []) };
}

/** That will be read of its video; none where the data do not say how long that is. */
const framesOf = ({ durationSec }: TrainingItem, { fps, maxFrames }: Pick<VideoConfig, 'fps' | 'maxFrames'>): number =>
  Math.min(maxFrames, Math.ceil((durationSec ?? 0) * fps));
