import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SftRankMessage, SftRankTask } from '../../test/child-sft';
import { TinyWorld } from '../../test/tiny-world';

jest.setTimeout(120_000);

let world: TinyWorld;
const started: ChildProcess[] = [];
beforeAll(async () => {
  world = await TinyWorld.make({ train: 8, val: 3 });
});
afterAll(() => world.dispose());
afterEach(async () => {
  const running = started.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(running.map(async (child) => (child.kill('SIGKILL'), once(child, 'exit'))));
});

type Task = Omit<SftRankTask, 'model' | 'data' | 'config' | 'steps'>;

/** What one rank says, line by line. */
function startRank(task: Task): AsyncIterator<string> {
  const root = join(__dirname, '../../../..');
  const weights = { initial: 0.5, reflection: 1, revision: 2 };
  const config = { batchSize: 8, weights, validation: { every: 1 } };
  const whole: SftRankTask = { model: world.model, data: world.data, config, steps: 3, ...task };
  const file = join(__dirname, '../../test/child-sft.ts');
  const child = spawn(process.execPath, [join(root, 'tests/support/run-ts.mjs'), file, JSON.stringify(whole)], {
    env: { ...process.env, SRVAU_NATIVE_THREADS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

async function next(lines: AsyncIterator<string> | undefined): Promise<SftRankMessage> {
  const line = await lines?.next();
  if (line === undefined || line.done === true) throw new Error('a rank ended without saying why');
  return JSON.parse(line.value) as SftRankMessage;
}

async function train(worldSize: number): Promise<SftRankMessage[]> {
  const first = startRank({ rank: 0, worldSize, port: 0 });
  const { port = 0 } = await next(first);
  const others = Array.from({ length: worldSize - 1 }, (_, i) => startRank({ rank: i + 1, worldSize, port }));
  return Promise.all([first, ...others].map(next));
}

it('two ranks of four records a step learn what one of eight learns', async () => {
  const [alone] = await train(1);
  const [first, second] = await train(2);
  expect(first).toEqual(second);
  expect(alone?.metrics).toHaveLength(3);
  for (const [step, metrics] of (alone?.metrics ?? []).entries()) {
    for (const [name, value] of Object.entries(metrics)) {
      const other = first?.metrics?.[step]?.[name] ?? NaN;
      expect(Math.abs(other - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    }
  }
  for (const [name, value] of Object.entries(alone?.validation ?? {})) {
    expect(first?.validation?.[name]).toBeCloseTo(value, 5);
  }
  expect(Object.keys(alone?.validation ?? {})).toContain('val/loss');
});
