import fc from 'fast-check';
import type { GroupFacts, SampleFacts, Score } from './facts';
import { shareFacts } from './share-facts';

const score: fc.Arbitrary<Score> = fc.oneof(
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((value) => value + 0),
  fc.constantFrom('abstained' as const, 'failed' as const),
);
const sample = (components: number): fc.Arbitrary<SampleFacts> =>
  fc.record({
    scores: fc.array(score, { minLength: components, maxLength: components }),
    tokens: fc.integer({ min: 0, max: 1e6 }),
    truncated: fc.boolean(),
    wellFormed: fc.boolean(),
  });

const wholeGroup = ({ groupSize, components }: { groupSize: number; components: number }): fc.Arbitrary<GroupFacts> =>
  fc.array(sample(components), { minLength: groupSize, maxLength: groupSize });

/** Vectors of all ranks meet here, as they do in a ProcessGroup. */
async function together(ranks: readonly ((sum: (own: Float64Array) => Promise<Float64Array>) => Promise<unknown>)[]) {
  const given: Float64Array[] = [];
  let done = (_: Float64Array): void => undefined;
  const all = new Promise<Float64Array>((resolve) => (done = resolve));
  const sum = (own: Float64Array): Promise<Float64Array> => {
    given.push(own);
    if (given.length === ranks.length)
      done(own.map((_, i) => given.reduce((total, each) => total + (each[i] ?? 0), 0)));
    return all;
  };
  return Promise.all(ranks.map((rank) => rank(sum)));
}

describe('shareFacts', () => {
  it('gives every rank the facts of all, whatever their number', async () => {
    const shapes = fc.record({
      prompts: fc.integer({ min: 1, max: 7 }),
      groupSize: fc.integer({ min: 1, max: 4 }),
      components: fc.integer({ min: 1, max: 3 }),
      worldSize: fc.integer({ min: 1, max: 4 }),
    });
    const cases = shapes.chain((shape) =>
      fc
        .array(
          fc.oneof(
            { weight: 3, arbitrary: wholeGroup(shape) },
            // A prompt that is too long.
            { weight: 1, arbitrary: fc.constant([]) },
          ),
          { minLength: shape.prompts, maxLength: shape.prompts },
        )
        .map((groups): { shape: typeof shape; groups: GroupFacts[] } => ({ shape, groups })),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, groups }) => {
        const { worldSize } = shape;
        const ranks = Array.from({ length: worldSize }, (_, rank) => {
          const places = [...groups.keys()].filter((place) => (7 * place + 3) % worldSize === rank);
          const own = places.map((place) => groups[place] ?? []);
          return (sum: (values: Float64Array) => Promise<Float64Array>) => shareFacts(own, places, shape, sum);
        });
        for (const seen of await together(ranks)) expect(seen).toEqual(groups);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
