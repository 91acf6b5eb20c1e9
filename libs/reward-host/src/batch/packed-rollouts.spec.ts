import fc from 'fast-check';
import { readRollouts, type RolloutRow } from '@srvau/contracts';
import { row as exampleRow } from '../../test/plugins';
import { PackedRows, unpackRows } from './packed-rows';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const count = fc.nat();

const row: fc.Arbitrary<RolloutRow> = fc.record(
  {
    id: fc.string({ minLength: 1 }),
    groupId: fc.constantFrom('a', 'b', 'c', 'für'),
    task: fc.constantFrom('qa' as const, 'tag' as const),
    completion: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('\ud800 alone', '', 'é')),
    tokens: fc.oneof(
      count,
      fc.tuple(count, count).map(([a, b]) => ({ total: Math.max(a, b), firstRound: Math.min(a, b) })),
    ),
    truth: fc.record(
      { label: fc.constantFrom('A', 'Z'), normal: fc.boolean(), spanSec: fc.tuple(number, number) },
      { requiredKeys: [] },
    ),
    durationSec: fc.constantFrom(0.001, 1, 3600.5),
  },
  { requiredKeys: ['id', 'groupId', 'task', 'completion', 'truth'] },
);

const arrived = (packed: PackedRows): RolloutRow[] => [...packed].flatMap((piece) => unpackRows(Buffer.from(piece)));

it('rows arrive as they were', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const there = arrived(new PackedRows(rows));
      expect(there).toStrictEqual(rows.map((each) => ({ ...each, truth: { ...each.truth } })));
      expect(readRollouts(there, 'rollouts')).toHaveLength(rows.length);
    }),
    { numRuns: 500, seed: 11 },
  );
});

it('come in pieces, made when they are asked for and once for all who ask', () => {
  const rows = Array.from({ length: 5000 }, (_, i) =>
    exampleRow({ id: `${i}`, completion: i === 7 ? 'ü'.repeat(1_000_000) : 'x'.repeat(i % 300) }),
  );
  const packed = new PackedRows(rows);
  const [one, other] = [packed[Symbol.iterator](), packed[Symbol.iterator]()];
  const first = one.next().value as Buffer;
  expect(unpackRows(first).length).toBeLessThan(1100);
  expect(other.next().value).toBe(first);
  const others = [...other];
  expect([...one]).toEqual(others);
  expect(others.length).toBeGreaterThan(5);
  expect(arrived(packed)).toEqual(rows);
});
