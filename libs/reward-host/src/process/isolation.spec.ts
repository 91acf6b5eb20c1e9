import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { batchOf, pluginSource, SOURCE_PROGRAM, until } from '../../test/plugins';
import { good, outcomesOf, patient, ProcessRunners, within } from '../../test/runners';
import type { ProcessRunner } from './process-runner';

const runners = new ProcessRunners();
afterEach(() => runners.close());
afterAll(() => runners[Symbol.asyncDispose]());

/** Of a plugin that does this in a batch of step 1, and scores all others. */
const onStep1 = (score: string, top = ''): string =>
  pluginSource({ top, score: `if (context.step === 1) { ${score} } return batch.map(() => scored(0.5))` });

const first = (runner: ProcessRunner, deadlineMs = 30_000): Promise<unknown> =>
  outcomesOf(runner, batchOf(1), within(deadlineMs, { step: 1 }));

const failed = (error: RegExp): unknown[] => [{ kind: 'failed', error: expect.stringMatching(error) as string }];

/** What the plugin logged under this name. */
async function logged(name: string): Promise<Readonly<Record<string, unknown>>> {
  const { lines } = runners.lines;
  const find = (): (typeof lines)[number] | undefined => lines.findLast(({ message }) => message === name);
  await until(() => find() !== undefined);
  return find()?.fields ?? {};
}

function isAlive(pid: unknown): boolean {
  try {
    return process.kill(pid as number, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('the memory of a plugin in a child process', () => {
  onLinux('bounds Buffers too: what is too large cannot be had, and the process goes on', async () => {
    const runner = await runners.start(onStep1('Buffer.alloc(2 ** 30, 1);'));
    expect(await first(runner)).toEqual(failed(/^sample@1: threw RangeError: Array buffer allocation failed$/));
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    expect(runner.health().restarts).toBe(0);
  });

  it.each([
    ['in one piece', 'new Array(3e7).fill(context).length;'],
    ['in small pieces', 'const all = []; for (;;) all.push({ all });'],
  ])('is full: the process ends, and nothing of the engine’s own report is in the log, %s', async (_how, score) => {
    const runner = await runners.start(onStep1(score));
    const before = runners.lines.lines.length;
    expect(await first(runner)).toEqual(failed(/^sample@1: filled its memory of 64 MB$/));
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    const lines = runners.lines.lines.slice(before);
    expect(lines.map(({ message }) => message)).toEqual([
      'sample@1 filled its memory of 64 MB; its process is started again',
    ]);
  });

  onLinux('is full of Buffers: it ends, or cannot have more', async () => {
    const runner = await runners.start(onStep1('const all = []; for (;;) all.push(Buffer.alloc(2 ** 20, 1));'));
    expect(await first(runner)).toEqual(failed(/filled its memory of 64 MB|Array buffer allocation failed/));
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
  });
});

describe('a plugin whose process ends as native code ends one', () => {
  it.each([
    [
      'SIGSEGV',
      `process.kill(process.pid, 'SIGSEGV'); for (;;);`,
      /^sample@1: crashed with SIGSEGV: as native code does/,
    ],
    ['abort', 'process.abort();', /^sample@1: crashed with SIGABRT/],
    ['SIGKILL', `process.kill(process.pid, 'SIGKILL'); for (;;);`, /^sample@1: was killed from outside/],
  ])('%s: the batch fails, the next one is scored by a new process', async (_what, score, error) => {
    const runner = await runners.start(onStep1(score));
    expect(await first(runner)).toEqual(failed(error));
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    expect(runner.health()).toMatchObject({ state: 'ready', restarts: 1 });
  });

  it('writes into the channel to its host: the batch fails in its name', async () => {
    const runner = await runners.start(onStep1(`require('node:fs').writeSync(3, 'x'.repeat(64)); for (;;);`));
    expect(await first(runner)).toEqual(failed(/^sample@1: wrote into the channel to its host: expected a frame/));
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
  });
});

describe('what a plugin in a child process sees', () => {
  const tell = `host.log('info', 'seen', {
    env: process.env, cwd: process.cwd(), stdin: require('node:fs').readFileSync(0, 'utf8'), send: typeof process.send });`;

  it('is its own folder, no standard input, and of the environment what is needed or was named', async () => {
    process.env['SRVAU_SPEC_SECRET'] = 'secret';
    process.env['SRVAU_SPEC_JUDGE'] = 'http://judge';
    const runner = await runners.start(onStep1(tell), { env: ['SRVAU_SPEC_JUDGE', 'SRVAU_SPEC_NOT_SET'] });
    await first(runner);
    const { env, ...seen } = await logged('seen');
    expect(seen).toEqual({ cwd: runner.info.dir, stdin: '', send: 'undefined', plugin: 'sample' });
    expect(env).toMatchObject({ PATH: process.env['PATH'], SRVAU_SPEC_JUDGE: 'http://judge' });
    expect(Object.keys(env as object)).not.toContain('SRVAU_SPEC_SECRET');
    expect(Object.keys(env as object)).not.toContain('NODE_OPTIONS');
  });
});

describe('the process of a plugin', () => {
  const tellPids = `
    const { pid } = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit' });
    host.log('info', 'pids', { pids: [process.pid, pid] });
    return batch.map(() => scored(0.5));`;

  it('heeds no signal that is for its host: Ctrl-C, SIGTERM to all, a terminal that goes away', async () => {
    const runner = await runners.start(onStep1(`host.log('info', 'pid', { pid: process.pid });`));
    await first(runner);
    const { pid } = await logged('pid');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid as number, signal);
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    expect(runner.health().restarts).toBe(0);
  });

  it('is gone after close, and with it what the plugin has started', async () => {
    const runner = await runners.start(onStep1(tellPids));
    await first(runner);
    const pids = (await logged('pids'))['pids'] as number[];
    expect(pids.map(isAlive)).toEqual([true, true]);
    await runner.close();
    expect(isAlive(pids[0])).toBe(false);
    await until(() => !isAlive(pids[1]));
  });

  it('is gone after close though the plugin computes without end', async () => {
    const runner = await runners.start(onStep1(`host.log('info', 'loops', { pid: process.pid }); for (;;);`));
    const scoring = first(runner);
    const { pid } = await logged('loops');
    await runner.close();
    expect(isAlive(pid)).toBe(false);
    expect(await scoring).toEqual(failed(/^sample@1: was unloaded$/));
  });

  it('does not outlive a host that is killed, though the plugin computes without end', async () => {
    const host = spawn(process.execPath, [SOURCE_PROGRAM.file, join(__dirname, '../../test/abandoned.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((done) => host.stdout.once('data', (text: Buffer) => done(String(text))));
    const pids = JSON.parse(line) as number[];
    expect(pids.map(isAlive)).toEqual([true, true]);
    host.kill('SIGKILL');
    await until(() => !pids.some(isAlive));
  });
});
