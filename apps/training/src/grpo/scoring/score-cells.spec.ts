import type { ScoreColumn } from '@srvau/contracts';
import { readColumn } from './score-cells';

const column = (change: Partial<ScoreColumn>): ScoreColumn => ({
  scoreVersion: 1,
  range: { min: 0, max: 1 },
  values: [0, null, null, 0.5],
  abstained: [{ because: 'no truth', rows: [2] }],
  failed: [{ because: 'task@1: late', rows: [1] }],
  ...change,
});

describe('readColumn', () => {
  it('tells a score of 0, an abstention and a failure apart', () => {
    expect(readColumn('task', column({}), 4)).toEqual([
      { kind: 'scored', value: 0 },
      { kind: 'failed', error: 'task@1: late' },
      { kind: 'abstained', because: 'no truth' },
      { kind: 'scored', value: 0.5 },
    ]);
  });

  it('gives each rollout the parts that it has', () => {
    const parts = { format: [0, null, null, 0.5], accuracy: [null, null, null, 0] };
    const cells = readColumn('task', column({ parts }), 4);
    expect(cells[0]).toEqual({ kind: 'scored', value: 0, parts: { format: 0 } });
    expect(cells[3]).toEqual({ kind: 'scored', value: 0.5, parts: { format: 0.5, accuracy: 0 } });
  });

  it.each([
    ['too few values', column({}), 5, 'expected 5 values, received 4'],
    ['a row of which nothing is said', column({ failed: [] }), 4, 'received none for row 1'],
  ])('refuses %s', (_, wrong, rows, message) => {
    expect(() => readColumn('task', wrong, rows)).toThrow(message);
  });
});
