import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import type { ScoreOutcome } from '@srvau/reward-sdk';
import { packOutcomes, unpackOutcomes } from './packed-outcomes';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const text = fc.string({ unit: 'binary' });
/** As it crosses to another process. */
const crossing = <T>(value: T): T => deserialize(serialize(value)) as T;

const outcome: fc.Arbitrary<ScoreOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('scored' as const), value: number }),
  fc.record({
    ...{ kind: fc.constant('scored' as const), value: number },
    parts: fc.dictionary(fc.constantFrom('a', 'b', 'a b', '["a"]', 'length', '__proto__'), number),
  }),
  fc.record({ kind: fc.constant('abstained' as const), because: fc.constantFrom('no label', 'no span') }),
  fc.record({ kind: fc.constant('failed' as const), error: text }),
);

it('outcomes cross to another process as they are', () => {
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
