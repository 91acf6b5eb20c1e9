import { join } from 'node:path';
import type { ObjectiveMessage, ObjectiveTask } from '../../test/objective-child';
import { trainOnRanks } from '../../test/objective-ranks';
import { TinyWorld } from '../../test/tiny-world';

jest.setTimeout(180_000);

const TOO_LONG = { question: `Which colour? ${'?'.repeat(8192)}` };

let world: TinyWorld;
let lasting: string;
let withLong: string;
beforeAll(async () => {
  world = await TinyWorld.make({ train: 9, val: 3 });
  // By the length of their videos, as the data tell it, prompts are not dealt out in turn.
  const lengths = (n: number): { durationSec: number } => ({ durationSec: 1 + ((5 * n) % 9) });
  const train = Array.from({ length: 9 }, (_, n) => world.record('train', n, lengths(n)));
  const val = Array.from({ length: 3 }, (_, n) => world.record('val', n, lengths(n)));
  lasting = await world.writeData([...train, ...val], join(world.dir, 'lasting'));
  // One prompt that the model cannot read, of whichever rank.
  const records = Array.from({ length: 9 }, (_, n) => world.record('train', n, n === 4 ? TOO_LONG : {}));
  withLong = await world.writeData(records, join(world.dir, 'long'));
});
afterAll(() => world.dispose());

const train = (worldSize: number, config: ObjectiveTask['config'], data = lasting): Promise<ObjectiveMessage[]> =>
  trainOnRanks(worldSize, { kind: 'grpo', model: world.model, data, config, steps: 3 });

/** Rounding itself. */
const NOISE = new Set(['mismatch/max']);

it.each<[string, ObjectiveTask['config']]>([
  ['in minibatches, twice', { minibatches: 2, iterations: 2, loss: { type: 'dapo' } }],
  ['with further prompts in place of flat groups', { dynamicSampling: { maxRounds: 2 }, overlong: { mask: true } }],
])('two ranks train as one does, %s', async (_, config) => {
  const all = { rollout: { groupSize: 2, promptsPerStep: 4, maxNewTokens: 12 }, validation: { every: 3 }, ...config };
  const [alone] = await train(1, all);
  const [first, second] = await train(2, all);
  expect(second).toEqual({ ...first, drawn: second?.drawn });
  expect(new Set([...(first?.drawn ?? []), ...(second?.drawn ?? [])])).toEqual(new Set(alone?.drawn));
  expect(alone?.metrics).toHaveLength(3);
  for (const [step, metrics] of (alone?.metrics ?? []).entries()) {
    const others = first?.metrics?.[step] ?? {};
    expect(Object.keys(others)).toEqual(Object.keys(metrics));
    for (const [name, value] of Object.entries(metrics)) {
      if (NOISE.has(name)) continue;
      expect({ step, name, value: others[name] }).toEqual({ step, name, value: expect.closeTo(value, 5) as number });
    }
  }
  expect(first?.validation).toEqual(
    Object.fromEntries(
      Object.entries(alone?.validation ?? {}).map(([name, value]) => [name, expect.closeTo(value, 5)]),
    ),
  );
  expect(Object.keys(alone?.validation ?? {})).toContain('val/reward/total/mean');
});

it('a prompt that is too long takes no part on any rank', async () => {
  const config = { rollout: { groupSize: 2, promptsPerStep: 8, maxNewTokens: 12 } };
  const [alone] = await train(1, config, withLong);
  const [first, second] = await train(2, config, withLong);
  expect(second?.metrics).toEqual(first?.metrics);
  // Of two epochs and a bit, at least one step meets it.
  const leftOut = alone?.metrics?.map((metrics) => metrics['leftOut'] ?? NaN) ?? [];
  expect(Math.max(...leftOut)).toBe(1);
  expect(first?.metrics?.map((metrics) => metrics['leftOut'])).toEqual(leftOut);
  for (const [step, { loss = NaN, gradNorm = NaN }] of (alone?.metrics ?? []).entries()) {
    expect(first?.metrics?.[step]?.['loss']).toBeCloseTo(loss, 5);
    expect(first?.metrics?.[step]?.['gradNorm']).toBeCloseTo(gradNorm, 5);
  }
});
