import { describe } from '@srvau/contracts';
import type { ScoreRange } from './plugin';
import type { Rollout } from './rollout';
import type { Failed, ScoreOutcome, ScoreParts } from './score';
import { describeThrown } from './thrown';

const MAX_REASON_CHARS = 200;

/**
 * What became of each rollout, given what a plugin answered. Anything but a finite value in the range or an abstention
 * makes its row a failed one; an answer of the wrong length fails every row, as nobody can say which is whose.
 *
 * @param label `id@scoreVersion`, which begins every error
 * @param scores as the plugin returned it: any value at all
 * @returns one outcome a rollout, plain data made anew, in the batch's order; never throws
 */
export function checkScores(
  label: string,
  range: ScoreRange,
  batch: readonly Rollout[],
  scores: unknown,
): ScoreOutcome[] {
  if (!Array.isArray(scores)) return failAll(label, batch, `expected a list of scores, received ${describe(scores)}`);
  if (scores.length !== batch.length) {
    return failAll(label, batch, `expected ${batch.length} scores, received ${scores.length}`);
  }
  return batch.map((rollout, row) => {
    try {
      const outcome = readScore(scores[row], range);
      return typeof outcome === 'string' ? failed(label, `row ${row} (${rollout.id}): ${outcome}`) : outcome;
    } catch (error) {
      // A getter or a proxy.
      return failed(label, `row ${row} (${rollout.id}): reading the score threw ${describeThrown(error)}`);
    }
  });
}

/** Every row of the batch failed, for one reason. */
export function failAll(label: string, batch: readonly unknown[], why: string): ScoreOutcome[] {
  return Array.from(batch, () => failed(label, why));
}

function failed(label: string, why: string): Failed {
  return { kind: 'failed', error: `${label}: ${why}` };
}

/** @returns the score, or what is wrong with it */
function readScore(score: unknown, range: ScoreRange): ScoreOutcome | string {
  if (score === null || typeof score !== 'object')
    return `expected scored(…) or abstain(…), received ${describe(score)}`;
  // What `batch.map(async …)` gives.
  if (score instanceof Promise) return 'expected scored(…) or abstain(…), received a promise; await Promise.all(…)';
  const { kind } = score as { kind?: unknown };
  if (kind === 'scored') return readScored(score as { value?: unknown; parts?: unknown }, range);
  if (kind === 'abstained') return readAbstained(score as { because?: unknown });
  return `expected kind "scored" or "abstained", received ${describe(kind)}`;
}

function readScored(score: { value?: unknown; parts?: unknown }, { min, max }: ScoreRange): ScoreOutcome | string {
  const { value, parts } = score;
  if (!Number.isFinite(value) || (value as number) < min || (value as number) > max) {
    return `expected a value in [${min}, ${max}], received ${describe(value)}`;
  }
  // Adding 0 makes 0 of -0, which JSON cannot carry.
  const sound = (value as number) + 0;
  if (parts === undefined) return { kind: 'scored', value: sound };
  const read = readParts(parts);
  return typeof read === 'string' ? read : { kind: 'scored', value: sound, parts: read };
}

function readParts(parts: unknown): ScoreParts | string {
  if (parts === null || typeof parts !== 'object' || Array.isArray(parts)) {
    return `expected parts as an object of numbers, received ${describe(parts)}`;
  }
  // A copy, so that a getter is read once.
  const read: Record<string, unknown> = { ...parts };
  for (const name in read) {
    const value = read[name];
    if (!Number.isFinite(value)) return `expected a finite number in parts.${name}, received ${describe(value)}`;
    if (value === 0) read[name] = 0;
  }
  return read as Record<string, number>;
}

function readAbstained({ because }: { because?: unknown }): ScoreOutcome | string {
  if (typeof because === 'string' && because.length > 0 && because.length <= MAX_REASON_CHARS) {
    return { kind: 'abstained', because };
  }
  return `expected a reason of 1 to ${MAX_REASON_CHARS} characters for abstaining, received ${describe(because)}`;
}
