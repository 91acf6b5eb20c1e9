import fc from 'fast-check';
import type { RolloutRow } from '@srvau/contracts';
import { cutIntoChunks, halves } from './chunks';

const row = (group: number, n: number, chars = 10): RolloutRow => ({
  id: `${group}/${n}`,
  groupId: `g${group}`,
  task: 'qa',
  completion: 'x'.repeat(chars),
  truth: {},
});
const rowsOf = (sizes: readonly number[], chars = 10): RolloutRow[] =>
  sizes.flatMap((size, group) => Array.from({ length: size }, (_, n) => row(group, n, chars)));
const bytesOf = (rows: readonly RolloutRow[]): number => Buffer.byteLength(JSON.stringify(rows));

describe('cutIntoChunks', () => {
  it('keeps the order, the groups whole, and the limits wherever a group allows it', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 });
    const limits = fc.record({
      maxBytes: fc.integer({ min: 50, max: 3_000 }),
      maxRows: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(sizes, limits, fc.integer({ min: 0, max: 200 }), (groups, { maxBytes, maxRows }, chars) => {
        const rows = rowsOf(groups, chars);
        const chunks = cutIntoChunks(rows, { maxBytes, maxRows });
        expect(chunks.flatMap((chunk) => chunk.rows)).toEqual(rows);
        for (const { from, rows: own } of chunks) {
          expect(rows[from]).toBe(own[0]);
          const ids = new Set(own.map(({ groupId }) => groupId));
          expect(rows.filter(({ groupId }) => ids.has(groupId))).toEqual(own);
          if (ids.size === 1) continue;
          expect(bytesOf(own)).toBeLessThanOrEqual(maxBytes + 1);
          expect(own.length).toBeLessThanOrEqual(maxRows);
        }
      }),
      { seed: 7 },
    );
  });

  it('makes no more chunks than it must', () => {
    const rows = rowsOf([2, 2, 2, 2]);
    expect(cutIntoChunks(rows, { maxBytes: 1e6, maxRows: 4 }).map(({ from }) => from)).toEqual([0, 4]);
    expect(cutIntoChunks([], { maxBytes: 1, maxRows: 1 })).toEqual([]);
  });

  it('counts bytes, not characters', () => {
    const wide = [0, 1].map((group) => ({ ...row(group, 0), completion: '異'.repeat(100) }));
    expect(cutIntoChunks(wide, { maxBytes: 600, maxRows: 9 })).toHaveLength(2);
    expect(cutIntoChunks(rowsOf([1, 1], 100), { maxBytes: 600, maxRows: 9 })).toHaveLength(1);
  });
});

describe('halves', () => {
  it('cuts between groups', () => {
    const rows = rowsOf([3, 1, 2]);
    const [first, second] = halves({ from: 10, rows }) ?? [];
    expect(first).toEqual({ from: 10, rows: rows.slice(0, 4) });
    expect(second).toEqual({ from: 14, rows: rows.slice(4) });
  });

  it('of one group there are none', () => {
    expect(halves({ from: 0, rows: rowsOf([5]) })).toBeUndefined();
    expect(halves({ from: 0, rows: [] })).toBeUndefined();
  });
});
