import fc from 'fast-check';
import { readRollouts, type RolloutRow } from '@srvau/contracts';
import type { ScoreOutcome } from '@srvau/reward-sdk';
import { packOutcomes, unpackOutcomes } from './packed-outcomes';
import { packRows, unpackRows } from './packed-rows';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const count = fc.nat();
const text = fc.string({ unit: 'binary' });
/** As it crosses to another thread. */
const crossing = <T>(value: T): T => structuredClone(value);

const row: fc.Arbitrary<RolloutRow> = fc.record(
  {
    id: fc.string({ minLength: 1 }),
    groupId: fc.constantFrom('a', 'b', 'c'),
    task: fc.constantFrom('qa' as const, 'tag' as const),
    completion: fc.oneof(text, fc.constant('\ud800 alone')),
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

const outcome: fc.Arbitrary<ScoreOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('scored' as const), value: number }),
  fc.record({
    ...{ kind: fc.constant('scored' as const), value: number },
    parts: fc.dictionary(fc.constantFrom('a', 'b', 'a b', '["a"]', 'length'), number),
  }),
  fc.record({ kind: fc.constant('abstained' as const), because: fc.constantFrom('no label', 'no span') }),
  fc.record({ kind: fc.constant('failed' as const), error: text }),
);

it('rows cross to another thread as they are', () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const arrived = unpackRows(crossing(packRows(rows)));
      expect(arrived).toStrictEqual(rows.map((each) => ({ ...each, truth: { ...each.truth } })));
      expect(readRollouts(arrived, 'rollouts')).toHaveLength(rows.length);
    }),
    { numRuns: 500, seed: 11 },
  );
});

it('outcomes cross to another thread as they are', () => {
  fc.assert(
    fc.property(fc.array(outcome), (outcomes) => {
      const plain = outcomes.map((each) =>
        each.kind === 'scored' && each.parts !== undefined ? { ...each, parts: { ...each.parts } } : { ...each },
      );
      expect(unpackOutcomes(crossing(packOutcomes(outcomes)))).toStrictEqual(plain);
    }),
    { numRuns: 500, seed: 12 },
  );
});
