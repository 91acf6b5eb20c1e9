import { type RankPair, reportOfRanks } from './rank-turns';
import { RANKS_SIZE } from './setup';

const pair = (one: number[], several: number[]): RankPair => ({ one: { steps: one }, several: { steps: several } });

it('compares step by step, so that a noisy second does not decide', () => {
  const { rows, notes } = reportOfRanks([pair([1, 1], [2, 0.5]), pair([9, 4, 4], [9, 2, 90])], RANKS_SIZE);
  expect(rows).toEqual([expect.objectContaining({ value: 2000, peer: 4000, ratio: 1, ok: true })]);
  expect(notes?.[1]).toBe('the ratio from 0.044 to 2.000 by step; of all steps together 0.184');
});

it('says where several ranks are slower', () => {
  const { rows } = reportOfRanks([pair([1], [1.25])], RANKS_SIZE);
  expect(rows[0]).toMatchObject({ ratio: 0.8, target: '≥ 1', ok: false });
});
