import type { SumOverRanks } from '../../rank/sum-over-ranks';
import type { GroupFacts, SampleFacts, Score } from './facts';

export interface Shape {
  /** Of all ranks. */
  readonly prompts: number;
  readonly groupSize: number;
  readonly components: number;
}

const FIELDS = 2;
const TRUNCATED = 1;
const WELL_FORMED = 2;
const DRAWN = 4;
const STATUS = ['scored', 'abstained', 'failed'] as const;

/**
 * Tells all ranks of the rollouts of all: each fills its part of a vector of zeros, and their sum is all of it, exactly.
 *
 * @param own groups of this rank, empty or whole
 * @param places of their prompts among those of all ranks
 * @returns for every prompt, in their order; the same on all ranks
 */
export async function shareFacts(
  own: readonly GroupFacts[],
  places: readonly number[],
  { prompts, groupSize, components }: Shape,
  sumOverRanks: SumOverRanks,
): Promise<GroupFacts[]> {
  const width = FIELDS + 2 * components;
  const vector = new Float64Array(prompts * groupSize * width);
  const at = (prompt: number, sample: number): number => (prompt * groupSize + sample) * width;
  for (const [i, place] of places.entries()) {
    for (const [j, facts] of (own[i] ?? []).entries()) vector.set(encode(facts), at(place, j));
  }
  const all = await sumOverRanks(vector);
  return Array.from({ length: prompts }, (_, i) =>
    Array.from({ length: groupSize }, (_, j) => decode(all.subarray(at(i, j), at(i, j) + width))).flatMap(
      (facts) => facts ?? [],
    ),
  );
}

function encode({ scores, tokens, truncated, wellFormed }: SampleFacts): number[] {
  const flags = DRAWN + (truncated ? TRUNCATED : 0) + (wellFormed ? WELL_FORMED : 0);
  const pairs = scores.flatMap((score) =>
    typeof score === 'number' ? [STATUS.indexOf('scored'), score] : [STATUS.indexOf(score), 0],
  );
  return [tokens, flags, ...pairs];
}

/** Undefined where no rank has drawn one. */
function decode(values: Float64Array): SampleFacts | undefined {
  const [tokens = 0, flags = 0, ...pairs] = values;
  if ((flags & DRAWN) === 0) return undefined;
  const scores: Score[] = [];
  for (let k = 0; k < pairs.length; k += 2) {
    const status = STATUS[pairs[k] ?? 0] ?? 'scored';
    scores.push(status === 'scored' ? (pairs[k + 1] ?? 0) : status);
  }
  return { scores, tokens, truncated: (flags & TRUNCATED) !== 0, wellFormed: (flags & WELL_FORMED) !== 0 };
}
