import { chunksOf } from './chunks';

const each = (row: number): number => row;
const rowsOf = (sizes: number[], unitOf: (row: number) => unknown, limit: number): number[][] =>
  chunksOf(sizes, unitOf, limit).map(({ rows }) => rows);

it('fills messages up to the limit', () => {
  expect(rowsOf([], each, 10)).toEqual([]);
  expect(rowsOf([5, 5, 1, 9, 1, 1], each, 10)).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
});

it('keeps the rows of a unit together', () => {
  const groups = ['a', 'a', 'b', 'b', 'b', 'c'];
  expect(rowsOf([3, 3, 2, 2, 2, 9], (row) => groups[row], 10)).toEqual([[0, 1], [2, 3, 4], [5]]);
});

it('leaves what fits into no message in one of its own, with its size', () => {
  expect(chunksOf([1, 50, 1], each, 10)).toEqual([
    { rows: [0], bytes: 1 },
    { rows: [1], bytes: 50 },
    { rows: [2], bytes: 1 },
  ]);
});
