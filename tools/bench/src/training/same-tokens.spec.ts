import { requireSameTokens } from './same-tokens';

it('takes runs that drew alike, and none that did not', () => {
  expect(() =>
    requireSameTokens([
      [7, 8],
      [7, 8],
    ]),
  ).not.toThrow();
  expect(() =>
    requireSameTokens([
      [7, 8],
      [7, 8],
      [7, 9],
    ]),
  ).toThrow('expected a run to draw 7 8 tokens in its steps, received 7 9');
});
