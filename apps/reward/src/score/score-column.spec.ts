import type { PluginInfo } from '@srvau/reward-host';
import { abstain, scored } from '@srvau/reward-sdk';
import { toScoreColumn } from './score-column';

const info = { id: 'p', scoreVersion: 3, range: { min: 0, max: 9 } } as PluginInfo;
// Of the options that the request names, not of those it was loaded with.
const range = { min: -1, max: 1 };

it('keeps the order, tells 0 from nothing, and gathers rows by reason', () => {
  const failed = { kind: 'failed', error: 'p@3: threw' } as const;
  const column = toScoreColumn(
    { info, range, outcomes: [scored(0), abstain('a'), failed, abstain('b'), scored(-1), abstain('a'), failed] },
    false,
  );
  expect(column).toEqual({
    scoreVersion: 3,
    range: { min: -1, max: 1 },
    values: [0, null, null, null, -1, null, null],
    abstained: [
      { because: 'a', rows: [1, 5] },
      { because: 'b', rows: [3] },
    ],
    failed: [{ because: 'p@3: threw', rows: [2, 6] }],
  });
});

it('has a column for each part that any rollout has, whatever its name', () => {
  const parts = JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, number>;
  const column = toScoreColumn(
    { info, range, outcomes: [scored(1, { a: 0.5 }), abstain('x'), scored(1, parts)] },
    true,
  );
  expect(Object.entries(column.parts ?? {})).toEqual([
    ['a', [0.5, null, null]],
    ['__proto__', [null, null, 1]],
    ['constructor', [null, null, 2]],
  ]);
});
