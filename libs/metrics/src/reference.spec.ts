import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EvaluationScores, readPredictions, readReferences } from '@srvau/contracts';
import { scorePredictions } from './protocol/prediction-scorer';
import { bootstrapMean } from './statistics/bootstrap';
import { mcNemarOfCounts } from './statistics/mcnemar';
import { erfc, logFactorial } from './statistics/special-functions';

/** What SciPy, NumPy and exact fractions give; see tools/oracle/metrics.py. */
interface Reference {
  logFactorial: [k: number, value: number][];
  erfc: [x: number, value: number][];
  mcnemar: { counts: [number, number]; exactP: number; chiSquared: number; chiSquaredP: number }[];
  bootstrap: { values: number[]; low: number; high: number; standardError: number }[];
  scoring: {
    references: unknown[];
    predictions: unknown[];
    protocols: Record<'strict' | 'vau-bench', Pick<EvaluationScores, 'qa' | 'tag' | 'classes'>>;
    transitions: EvaluationScores['transitions'];
  }[];
}

const path = join(__dirname, '../../../tests/reference/metrics.json');
const reference = JSON.parse(readFileSync(path, 'utf8')) as Reference;

/** Within 1e-12 of the value, or of 1 where the value is less. */
function expectClose(received: number, expected: number, relative = 1e-12): void {
  expect(Math.abs(received - expected)).toBeLessThanOrEqual(relative * Math.max(Math.abs(expected), 1e-300));
}

it.each(reference.logFactorial)('ln %d!', (k, expected) => expectClose(logFactorial(k), expected));

it.each(reference.erfc)('erfc(%d)', (x, expected) => expectClose(erfc(x), expected));

it.each(reference.mcnemar)('McNemar of $counts', ({ counts, ...expected }) => {
  const found = mcNemarOfCounts(...counts);
  expectClose(found.chiSquared, expected.chiSquared);
  expectClose(found.chiSquaredP, expected.chiSquaredP, 1e-10);
  expectClose(found.exactP, expected.exactP, 1e-9);
});

it.each(reference.bootstrap)('an interval as of scipy.stats.bootstrap: $low to $high', (expected) => {
  const found = bootstrapMean(Float64Array.from(expected.values), { resamples: 10_000, seed: 7 });
  // The ends are drawn by both; a tenth of the standard error is some four times their noise. Means of right and wrong
  // lie on a grid, and an end between two of its points falls on either.
  const grid = new Set(expected.values).size === 2 ? 1 / expected.values.length : 0;
  const bound = Math.max(0.1 * expected.standardError, grid + 1e-9);
  expect(Math.abs((found?.low ?? NaN) - expected.low)).toBeLessThan(bound);
  expect(Math.abs((found?.high ?? NaN) - expected.high)).toBeLessThan(bound);
});

describe.each(reference.scoring)('rows scored independently, set %#', ({ references, predictions, ...expected }) => {
  const rows = readReferences(references, 'references');
  const answers = readPredictions(predictions, 'predictions');

  it.each(['strict', 'vau-bench'] as const)('%s', (protocol) => {
    const { qa, tag, classes } = scorePredictions(rows, answers, { protocol, resamples: 0 });
    expect(rounded({ qa, tag })).toMatchObject(rounded(expected.protocols[protocol]) as object);
    // A class of which every row is left out has no line in the reference.
    expect(rounded(classes.filter((each) => each.qa.total + each.tag.total > 0))).toEqual(
      rounded(expected.protocols[protocol].classes),
    );
  });

  it('transitions', () => {
    expect(scorePredictions(rows, answers).transitions).toEqual(expected.transitions);
  });
});

/** Without the last digits, and without what `classes` holds beside the figures above. */
function rounded(value: unknown): unknown {
  const text = JSON.stringify(value, (key, item: unknown) => {
    if (key === 'classes' && !Array.isArray(value)) return undefined;
    return typeof item === 'number' ? Number(item.toPrecision(12)) : item;
  });
  return JSON.parse(text) as unknown;
}
