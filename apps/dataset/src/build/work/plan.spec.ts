import fc from 'fast-check';
import { reflectId } from '@srvau/contracts';
import { makeRow } from '../../../test/small-dataset';
import type { BuildExtent } from '../settings';
import { cutShards, itemsOf, planId, planItems } from './plan';

const rows = Array.from({ length: 23 }, (_, i) =>
  makeRow(i, { ...(i % 5 === 0 ? { qaEligible: false } : {}), ...(i % 4 === 0 ? { groundingEligible: false } : {}) }),
);
const whole: BuildExtent = { tasks: ['qa', 'tag'], samples: 2, limit: null };

describe('a plan', () => {
  it('asks the rows that take part, in the order of ids', () => {
    const items = planItems(rows, whole);
    const ids = items.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
    const qa = rows.filter(({ qaEligible }) => qaEligible).length;
    const tag = rows.filter(({ groundingEligible }) => groundingEligible).length;
    expect(items).toHaveLength(2 * (qa + tag));
  });

  it('takes the first rows of the dataset where it is limited, and the tasks that are wanted', () => {
    const items = planItems(rows, { tasks: ['tag'], samples: 1, limit: 3 });
    expect(items.map(({ id }) => id).sort()).toEqual([`${rows[1]?.id}:tag:0`, `${rows[2]?.id}:tag:0`].sort());
  });

  it('is the same whole however it is cut', () => {
    const items = planItems(rows, whole);
    const ids = items.map(({ id }) => id);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (shardItems) => {
        const shards = [...cutShards(items, shardItems, () => 'train', new Map())];
        expect(shards).toHaveLength(Math.ceil(items.length / shardItems));
        const back = shards
          .map((shard) => itemsOf(JSON.parse(JSON.stringify(shard)) as typeof shard))
          .flat()
          .map(({ row, task, sample }) => reflectId({ rowId: row.id, task, sample }));
        expect(back).toEqual(ids);
      }),
    );
  });

  it('says what is the matter with a video', () => {
    const [shard] = cutShards(
      planItems(rows.slice(0, 4), { tasks: ['qa'], samples: 1, limit: null }),
      100,
      (video) => (video === 'clip_01.mp4' ? 'test' : 'train'),
      new Map([
        ['clip_01.mp4', { kind: 'file', file: { uri: 'file:///v/1', relativePath: '1', size: 1, modifiedAt: null } }],
        ['clip_02.mp4', { kind: 'ambiguous', candidates: ['a/2', 'b/2'] }],
      ]),
    );
    expect(shard?.rows.map(({ split, video }) => ({ split, video }))).toEqual([
      { split: 'test', video: { uri: 'file:///v/1' } },
      {
        split: 'train',
        video: { fault: 'video-ambiguous', detail: 'expected one file of that name, received a/2, b/2' },
      },
      {
        split: 'train',
        video: { fault: 'video-missing', detail: 'expected a video file of that name, received none' },
      },
    ]);
  });

  it('has a name of its own for whatever is dealt out otherwise', () => {
    const names = [
      planId('a', whole, 32),
      planId('b', whole, 32),
      planId('a', { ...whole, samples: 3 }, 32),
      planId('a', whole, 31),
    ];
    expect(new Set(names).size).toBe(4);
    expect(planId('a', whole, 32)).toMatch(/^[0-9a-f]{16}$/);
  });
});
