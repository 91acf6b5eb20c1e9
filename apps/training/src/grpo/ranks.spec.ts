import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GrpoRankMessage, GrpoRankTask } from '../../test/child-grpo';
import { TinyWorld } from '../../test/tiny-world';

jest.setTimeout(180_000);

const TOO_LONG = { question: `Which colour? ${'?'.repeat(8192)}` };

let world: TinyWorld;
let withLong: string;
const started: ChildProcess[] = [];
beforeAll(async () => {
  world = await TinyWorld.make({ train: 9, val: 3 });
  // One prompt that the model cannot read, of whichever rank.
  const records = Array.from({ length: 9 }, (_, n) => world.record('train', n, n === 4 ? TOO_LONG : {}));
  withLong = await world.writeData(records, join(world.dir, 'long'));
});
afterAll(() => world.dispose());
afterEach(async () => {
  const running = started.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(running.map(async (child) => (child.kill('SIGKILL'), once(child, 'exit'))));
});

type Task = Pick<GrpoRankTask, 'config' | 'rank' | 'worldSize' | 'port'>;

/** What one rank says, line by line. */
function startRank(task: Task, data: string): AsyncIterator<string> {
  const root = join(__dirname, '../../../..');
  const whole: GrpoRankTask = { model: world.model, data, steps: 3, ...task };
  const file = join(__dirname, '../../test/child-grpo.ts');
  const child = spawn(process.execPath, [join(root, 'tests/support/run-ts.mjs'), file, JSON.stringify(whole)], {
    env: { ...process.env, SRVAU_NATIVE_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

async function next(lines: AsyncIterator<string>): Promise<GrpoRankMessage> {
  const line = await lines.next();
  if (line.done === true) throw new Error('a rank ended without saying why');
  return JSON.parse(line.value) as GrpoRankMessage;
}

async function train(worldSize: number, config: GrpoRankTask['config'], data = world.data): Promise<GrpoRankMessage[]> {
  const first = startRank({ config, rank: 0, worldSize, port: 0 }, data);
  const { port = 0 } = await next(first);
  const others = Array.from({ length: worldSize - 1 }, (_, i) =>
    startRank({ config, rank: i + 1, worldSize, port }, data),
  );
  return Promise.all([first, ...others].map(next));
}

/** Rounding itself. */
const NOISE = new Set(['mismatch/max']);

it.each<[string, GrpoRankTask['config']]>([
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
