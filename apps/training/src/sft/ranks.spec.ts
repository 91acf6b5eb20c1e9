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

type Task = Pick<SftRankTask, 'rank' | 'worldSize' | 'port'>;

const CONFIG = { batchSize: 8, weights: { initial: 0.5, reflection: 1, revision: 2 }, validation: { every: 1 } };

/** What one rank says, line by line. */
function startRank(task: Task, run: Partial<SftRankTask>): AsyncIterator<string> {
  const root = join(__dirname, '../../../..');
  const whole: SftRankTask = { model: world.model, data: world.data, config: CONFIG, steps: 3, ...run, ...task };
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

async function train(worldSize: number, run: Partial<SftRankTask> = {}): Promise<SftRankMessage[]> {
  const first = startRank({ rank: 0, worldSize, port: 0 }, run);
  const { port = 0 } = await next(first);
  const others = Array.from({ length: worldSize - 1 }, (_, i) => startRank({ rank: i + 1, worldSize, port }, run));
  return Promise.all([first, ...others].map(next));
}

function expectAlike(some: SftRankMessage | undefined, others: SftRankMessage | undefined): void {
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
