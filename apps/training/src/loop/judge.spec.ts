import { isOutOfPatience, judge } from './judge';

const best = { step: 10, metric: 'val/loss', value: 2 };
const score = (value: number, better: 'lower' | 'higher' = 'lower') => ({ metric: 'val/loss', value, better });

test.each<[string, number, 'lower' | 'higher', number, boolean]>([
  ['lower is better', 1.9, 'lower', 0, true],
  ['equal is not better', 2, 'lower', 0, false],
  ['higher is worse', 2.1, 'lower', 0, false],
  ['higher is better', 2.1, 'higher', 0, true],
  ['by less than counts', 1.9, 'lower', 0.2, false],
  ['by more than counts', 1.7, 'lower', 0.2, true],
  ['what is not finite is never better', -Infinity, 'lower', 0, false],
  ['nor what is no number', NaN, 'higher', 0, false],
])('%s', (_name, value, better, minDelta, isBetter) => {
  const { metric } = best;
  expect(judge({ best, sinceBest: 3 }, score(value, better), 20, minDelta)).toEqual(
    isBetter ? { best: { step: 20, metric, value }, sinceBest: 0 } : { best, sinceBest: 4 },
  );
});

test('the first validation is the best so far, if it is a number', () => {
  const none = { best: null, sinceBest: 0 };
  expect(judge(none, score(1e9), 0, 5)).toEqual({ best: { step: 0, metric: 'val/loss', value: 1e9 }, sinceBest: 0 });
  expect(judge(none, score(NaN), 0, 5)).toEqual({ best: null, sinceBest: 1 });
});

test('patience is a number of validations in a row', () => {
  expect([1, 2, 3].map((sinceBest) => isOutOfPatience(sinceBest, { patience: 2, minDelta: 0 }))).toEqual([
    false,
    true,
    true,
  ]);
  expect(isOutOfPatience(1000, undefined)).toBe(false);
});
