import fc from 'fast-check';
import type { RolloutRow } from '@srvau/contracts';
import { type Grammar, GRAMMARS } from '@srvau/reasoning';
import { type Rollout, toRollout, toRollouts } from '@srvau/reward-sdk';
import { notFrozen } from '../../test/frozen';
import { row as exampleRow } from '../../test/plugins';
import { PackedRollouts, unpackRollouts } from './packed-rollouts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const count = fc.nat();

/** Near the grammars: well formed now and then, with faults of every kind. */
const near = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<think>',
        '</think>',
        '<answer>',
        '</answer>',
        '<reflect>',
        '</reflect>',
        'B',
        'stray',
        ' \n',
        'é',
      ),
      fc.constantFrom(
        ...['<think>t</think>', '<answer>B. ü</answer>', '<answer> Anomaly\n</answer>', '<answer>?…</answer>'],
        ...['<glue>[1.5, -0]</glue>', '<glue>[-1.0, -1.0]</glue>', '<glue>soon</glue>', '<reflection> r </reflection>'],
      ),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));
const whole = fc.constantFrom(
  '<think>a</think>\n<answer>A</answer>\n<reflection>b</reflection>\n<think>c</think>\n<answer>(B)</answer>',
  '<think>a</think><answer>Normal</answer><glue>[-1, -1]</glue><reflect>ü</reflect><think>c</think><answer>Fire</answer><glue>[0.5, 2]</glue>',
);

const row: fc.Arbitrary<RolloutRow> = fc.record(
  {
    id: fc.string({ minLength: 1 }),
    groupId: fc.constantFrom('a', 'b', 'c', 'für'),
    task: fc.constantFrom('qa' as const, 'tag' as const),
    completion: fc.oneof(near, near, whole, fc.string({ unit: 'binary' }), fc.constantFrom('\ud800 alone', '', 'é')),
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

/** As they arrive: among other bytes, wherever a channel has put them. */
const arrived = (packed: PackedRollouts, grammar: Grammar): Rollout[] =>
  [...packed].flatMap((piece) => unpackRollouts(Buffer.concat([Buffer.alloc(3), piece]).subarray(3), grammar));

it('rollouts arrive as if they were parsed here, and frozen, whichever of them go parsed', () => {
  const seen = { wellFormed: 0, faults: 0, spans: 0 };
  fc.assert(
    fc.property(fc.array(row), fc.constantFrom(...GRAMMARS), fc.func(fc.boolean()), (rows, grammar, goesParsed) => {
      const parsed = (i: number): Rollout | undefined =>
        goesParsed(i) ? toRollout(rows[i] as RolloutRow, { grammar }) : undefined;
      const there = arrived(new PackedRollouts(rows, parsed), grammar);
      expect(there).toStrictEqual(toRollouts(rows, { grammar }));
      expect(notFrozen(Object.freeze(there))).toEqual([]);
      for (const { transcript } of there) {
        seen.wellFormed += Number(transcript.wellFormed);
        seen.faults += transcript.faultCount;
        seen.spans += Number(transcript.finalAnswer?.span !== undefined);
      }
    }),
    { numRuns: 500, seed: 11 },
  );
  // Rows that are never near a grammar would prove nothing.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(30);
});

it('come in pieces, made when they are asked for and once for all who ask', () => {
  const rows = Array.from({ length: 5000 }, (_, i) =>
    exampleRow({ id: `${i}`, completion: i === 7 ? 'ü'.repeat(1_000_000) : 'x'.repeat(i % 300) }),
  );
  const asked: number[] = [];
  const packed = new PackedRollouts(rows, (i) => {
    asked.push(i);
    return undefined;
  });
  const [one, other] = [packed[Symbol.iterator](), packed[Symbol.iterator]()];
  const first = one.next().value as Buffer;
  expect(unpackRollouts(first, 'reflective')).toHaveLength(asked.length);
  expect(asked.length).toBeLessThan(1100);
  expect(other.next().value).toBe(first);
  const others = [...other];
  expect([...one]).toEqual(others);
  expect(others.length).toBeGreaterThan(5);
  expect(asked).toEqual(rows.map((_, i) => i));
  expect(arrived(packed, 'single')).toEqual(toRollouts(rows, { grammar: 'single' }));
});

it('a completion of nothing but segments arrives', () => {
  const completion = '<think>a</think>'.repeat(2 ** 15);
  const rows = [exampleRow({ completion })];
  const [rollout] = toRollouts(rows);
  expect(arrived(new PackedRollouts(rows, () => rollout), 'reflective')).toEqual([rollout]);
});
