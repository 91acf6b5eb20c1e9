import { derivedSeed } from './derived-seed';

it('is a seed of its own for each request, and the same each time', () => {
  const seeds = ['a', 'b'].flatMap((id) => [0, 1].map((attempt) => derivedSeed(7, id, attempt)));
  expect(new Set(seeds).size).toBe(4);
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)).toBe(true);
  // Reports are asked for again years later.
  expect(derivedSeed(7, 'a', 0)).toBe(1_594_881_541);
});
