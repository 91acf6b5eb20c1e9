import { join } from 'node:path';
import type { ObjectiveMessage, ObjectiveTask } from '../../test/objective-child';
import { trainOnRanks } from '../../test/objective-ranks';
import { TinyWorld } from '../../test/tiny-world';

jest.setTimeout(120_000);

let world: TinyWorld;
beforeAll(async () => {
  world = await TinyWorld.make({ train: 8, val: 3 });
});
afterAll(() => world.dispose());

const CONFIG = { batchSize: 8, weights: { initial: 0.5, reflection: 1, revision: 2 }, validation: { every: 1 } };

const train = (worldSize: number, task: Partial<ObjectiveTask> = {}): Promise<ObjectiveMessage[]> =>
  trainOnRanks(worldSize, { kind: 'sft', model: world.model, data: world.data, config: CONFIG, steps: 3, ...task });

function expectAlike(some: ObjectiveMessage | undefined, others: ObjectiveMessage | undefined): void {
  expect(some?.metrics).toHaveLength(3);
  for (const [step, metrics] of (some?.metrics ?? []).entries()) {
    for (const [name, value] of Object.entries(metrics)) {
      const other = others?.metrics?.[step]?.[name] ?? NaN;
      expect(Math.abs(other - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    }
  }
  for (const [name, value] of Object.entries(some?.validation ?? {})) {
    expect(others?.validation?.[name]).toBeCloseTo(value, 5);
  }
}

it('two ranks of four records a step learn what one of eight learns', async () => {
  const [alone] = await train(1);
  const [first, second] = await train(2);
  expect(first).toEqual(second);
  expectAlike(alone, first);
  expect(Object.keys(alone?.validation ?? {})).toContain('val/loss');
});

it('a rank whose records are all too long takes part with nothing', async () => {
  const { transcript } = world.record('train', 0);
  const long = transcript.replace('I look.', 'I look. '.repeat(1000));
  const records = [world.record('train', 0), world.record('train', 2, { transcript: long })];
  const run = {
    data: await world.writeData(records, join(world.dir, 'half')),
    config: { ...CONFIG, batchSize: 2 },
  };
  const [alone] = await train(1, run);
  const [first, second] = await train(2, run);
  expect(first).toEqual(second);
  expect(alone?.metrics?.map(({ leftOut }) => leftOut)).toEqual([1, 1, 1]);
  expectAlike(alone, first);
});
