import type { EvaluationRunResult } from '@srvau/contracts';
import { createColors } from 'picocolors';
import { evaluationRunText } from './evaluation-run';

const result: EvaluationRunResult = {
  ...{ name: 'r', report: 'file:///r', rows: 2, items: 4, answered: 4, missing: 0, unscored: 0 },
  figures: { 'qa:with': 50, 'describe:with': null },
  timings: { answeredNow: 4, askSec: 0.5, totalSec: 1 },
};
const textOf = (change: Partial<EvaluationRunResult>): string =>
  evaluationRunText({ ...result, ...change }, '1 s', createColors(false));

it('tells what an evaluation came to', () => {
  expect(textOf({}).split('\n')).toEqual([
    'r  4 of 4 items of 2 rows answered, 8.00 a second',
    '',
    '  qa        w/ think  accuracy, %      50.00',
    '  describe  w/ think  VAU-Eval, of 50      –',
    '',
    '✓ file:///r in 1 s',
  ]);
});

it('tells what it lacks', () => {
  const text = textOf({ answered: 3, missing: 1, unscored: 2 });
  expect(text).toContain('without an answer: 1 item; the report says why');
  expect(text).toContain('without marks: 2 descriptions; the report says why');
});
