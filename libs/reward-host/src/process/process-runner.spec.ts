import { existsSync } from 'node:fs';
import type { RewardScope } from '@srvau/reward-sdk';
import { batchOf, pluginSource, row, until } from '../../test/plugins';
import { good, outcomesOf, patient, ProcessRunners, within } from '../../test/runners';
import { RolloutBatch } from '../batch/rollout-batch';

const runners = new ProcessRunners();
const { folder } = runners;
const { lines } = runners.lines;
const start = runners.start.bind(runners);
afterEach(() => runners.close());
afterAll(() => runners[Symbol.asyncDispose]());

describe('a plugin in a child process', () => {
  it('says what it is, and scores', async () => {
    const runner = await start(pluginSource({ scoreVersion: 3, needs: ['label'] }));
    expect(runner.info).toMatchObject({
      ...{ id: 'sample', scoreVersion: 3, scope: 'sample' satisfies RewardScope, range: { min: 0, max: 1 } },
      ...{ needs: ['label'], isolation: 'child-process', options: { bonus: 0.5 }, package: { version: '1.2.3' } },
    });
    expect(runner.info.optionsSchema).toMatchObject({ properties: { bonus: { maximum: 1 } } });
    const rows = [row({ id: 'a' }), row({ id: 'b', truth: {} })];
    expect(await outcomesOf(runner, new RolloutBatch(rows), patient)).toEqual([
      good,
      { kind: 'abstained', because: 'no label' },
    ]);
    expect(await outcomesOf(runner, new RolloutBatch([]), patient)).toEqual([]);
  });

  it('sees parsed, frozen rollouts, the step and the options of the request', async () => {
    const score = `
      const [one] = batch;
      const seen = { option: one.transcript.firstAnswer.option, frozen: Object.isFrozen(one.transcript), step: context.step };
      host.log('info', 'saw', seen);
      return batch.map(() => scored(options.bonus));`;
    const runner = await start(pluginSource({ score }));
    const request = within(30_000, { step: 7, options: { bonus: 1 } });
    expect(await outcomesOf(runner, batchOf(1), request)).toEqual([{ kind: 'scored', value: 1 }]);
    await until(() => lines.some(({ message }) => message === 'saw'));
    expect(lines.find(({ message }) => message === 'saw')?.fields).toEqual({
      ...{ option: 'B', frozen: true, step: 7, plugin: 'sample' },
    });
  });

  it('refuses wrong options as the fault of the request, and goes on', async () => {
    const runner = await start(pluginSource());
    for (const options of [{ bonus: 2 }, { bonus: '1' }, { bnus: 1 }]) {
      await expect(outcomesOf(runner, batchOf(1), within(30_000, { options }))).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        details: [expect.objectContaining({ received: expect.any(String) as string })],
      });
    }
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
  });
});

describe('a plugin that fails in a child process', () => {
  it.each<[string, string, RegExp]>([
    ['throws', `throw new TypeError('no')`, /^sample@1: threw TypeError: no$/],
    ['rejects', `return Promise.reject(new Error('later'))`, /^sample@1: threw Error: later$/],
    ['throws nothing', 'throw undefined', /^sample@1: threw nothing$/],
    ['answers too few', 'return []', /^sample@1: expected 2 scores, received 0$/],
    ['answers NaN', 'return batch.map(() => scored(NaN))', /^sample@1: row \d.*NaN/],
    ['leaves its range', 'return batch.map(() => scored(2))', /^sample@1: row \d.*\[0, 1\].*2/],
    [
      'mutates its input',
      `(function () { 'use strict'; batch[0].id = 'x'; })()`,
      /^sample@1: threw TypeError: .*read only/,
    ],
    ['answers functions', 'return batch.map(() => () => 1)', /^sample@1: row \d/],
  ])('%s: failed rows, and the process goes on', async (_what, score, error) => {
    const runner = await start(
      pluginSource({ score: `if (context.step === 1) { ${score} } return batch.map(() => scored(0.5))` }),
    );
    const outcomes = await outcomesOf(runner, batchOf(2), within(30_000, { step: 1 }));
    expect(outcomes).toEqual([0, 1].map(() => ({ kind: 'failed', error: expect.stringMatching(error) as string })));
    expect(await outcomesOf(runner, batchOf(2), patient)).toEqual([good, good]);
    expect(runner.health()).toEqual({ state: 'ready', restarts: 0 });
  });

  it.each<[string, string, RegExp]>([
    ['calls process.exit', 'process.exit(3)', /^sample@1: ended its process with exit code 3/],
    [
      'fills its heap',
      'const all = []; for (;;) all.push(new Array(1e5).fill(all.length))',
      /filled its memory of 64 MB$/,
    ],
    [
      'throws where nothing can catch it',
      `setTimeout(() => { throw new RangeError('loose') }, 0); return new Promise(() => {})`,
      /^sample@1: threw where nothing could catch it: RangeError: loose$/,
    ],
    [
      'leaves a rejection behind',
      `Promise.reject(new Error('behind')); return new Promise(() => {})`,
      /where nothing could catch it: Error: behind$/,
    ],
  ])('%s: the batch fails, the next one is scored by a new process', async (_what, score, error) => {
    const runner = await start(
      pluginSource({ score: `if (context.step === 1) { ${score} } return batch.map(() => scored(0.5))` }),
    );
    const [outcomes, next] = await Promise.all([
      outcomesOf(runner, batchOf(2), within(30_000, { step: 1 })),
      outcomesOf(runner, batchOf(1), patient),
    ]);
    expect(outcomes).toEqual([0, 1].map(() => ({ kind: 'failed', error: expect.stringMatching(error) as string })));
    expect(next).toEqual([good]);
    expect(runner.health()).toMatchObject({ state: 'ready', restarts: 1, lastError: expect.any(String) as string });
  });

  it('throws after it has answered: nobody is charged', async () => {
    const score = `
      if (context.step === 1) setTimeout(() => { throw new Error('afterwards') }, 0);
      return batch.map(() => scored(0.5))`;
    const runner = await start(pluginSource({ score }));
    expect(await outcomesOf(runner, batchOf(1), within(30_000, { step: 1 }))).toEqual([good]);
    await until(() => runner.health().restarts === 1);
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    expect(runner.health().lastError).toContain('afterwards');
  });

  it.each([
    ['computes without end', 'for (;;);', 1],
    ['never settles and does not listen', 'return new Promise(() => {})', 1],
    [
      'never settles but listens',
      `return new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)))`,
      0,
    ],
  ])('%s: its rows fail at the deadline', async (_what, score, restarts) => {
    const runner = await start(
      pluginSource({ score: `if (context.step === 1) { ${score} } return batch.map(() => scored(0.5))` }),
    );
    expect(await outcomesOf(runner, batchOf(1), within(50, { step: 1 }))).toEqual([
      { kind: 'failed', error: 'sample@1: did not answer within its deadline of 50 ms' },
    ]);
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    expect(runner.health().restarts).toBe(restarts);
  });

  it('prints: its lines are in the log with its id, at a bounded rate', async () => {
    const score = `
      console.log('printed'); console.error('complained');
      for (let i = 0; i < 500; i++) console.log('x'.repeat(5000));
      return batch.map(() => scored(0.5))`;
    const runner = await start(pluginSource({ id: 'sample', score }));
    const before = lines.length;
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    await runner.close();
    const printed = lines.slice(before).filter(({ fields }) => fields['stream'] === 'stdout');
    expect(printed[0]).toEqual({ level: 'info', message: 'printed', fields: { plugin: 'sample', stream: 'stdout' } });
    expect(lines.slice(before)).toContainEqual(expect.objectContaining({ level: 'warn', message: 'complained' }));
    expect(printed.length).toBeLessThan(200);
    expect(Math.max(...printed.map(({ message }) => message.length))).toBeLessThan(2100);
  });

  it('leaves a timer behind: its process ends all the same', async () => {
    const runner = await start(pluginSource({ top: 'setInterval(() => {}, 1000);' }));
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    await runner.close();
    expect(runner.health()).toEqual({ state: 'closed', restarts: 0 });
  });

  it('cannot come back: every batch fails with the reason until it can', async () => {
    const marker = `${folder.path}/broken-from-now-on`;
    const top = `if (require('node:fs').existsSync(${JSON.stringify(marker)})) throw new Error('cannot load');`;
    const runner = await start(
      pluginSource({ top, score: `if (context.step === 1) process.exit(1); return batch.map(() => scored(0.5))` }),
    );
    folder.write('.', { 'broken-from-now-on': '' });
    await outcomesOf(runner, batchOf(1), within(30_000, { step: 1 }));
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([
      {
        kind: 'failed',
        error: expect.stringMatching(/^sample@1: could not be started again: .*cannot load/) as string,
      },
    ]);
    expect(runner.health().state).toBe('restarting');
  });
});

describe('callers of a plugin in a child process', () => {
  it('who give up get their own reason, and the plugin is told', async () => {
    const score = `
      if (context.step !== 1) return batch.map(() => scored(0.5));
      return new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(new Error('told'))))`;
    const runner = await start(pluginSource({ score }));
    const [first, second] = [new AbortController(), new AbortController()];
    const running = outcomesOf(runner, batchOf(1), within(30_000, { step: 1, signal: first.signal }));
    const waiting = outcomesOf(runner, batchOf(1), within(30_000, { signal: second.signal }));
    second.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    first.abort(new Error('gone'));
    await expect(running).rejects.toThrow('gone');
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
    expect(runner.health().restarts).toBe(0);
    await expect(outcomesOf(runner, batchOf(1), within(1000, { signal: first.signal }))).rejects.toThrow('gone');
  });

  it('are refused as BUSY when too many wait, and then served again', async () => {
    const runner = await start(
      pluginSource({ score: 'return new Promise((done) => setTimeout(done, 20, batch.map(() => scored(0.5))))' }),
      { maxBatches: 3 },
    );
    const batches = Array.from({ length: 5 }, () => outcomesOf(runner, batchOf(1), patient));
    const settled = await Promise.allSettled(batches);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(settled[4]).toMatchObject({ reason: { code: 'BUSY', retryable: true } });
    expect(await outcomesOf(runner, batchOf(1), patient)).toEqual([good]);
  });

  it('are refused after close; the plugin has been disposed', async () => {
    const marker = `${folder.path}/disposed`;
    const runner = await start(
      pluginSource({ dispose: `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')` }),
    );
    await runner.close();
    await runner.close();
    expect(runner.health().state).toBe('closed');
    await expect(outcomesOf(runner, batchOf(1), patient)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(existsSync(marker)).toBe(true);
  });
});

describe('a plugin that cannot be loaded', () => {
  const hangingCreate = pluginSource({ create: 'return new Promise(() => undefined);' });

  it.each<[string, string, RegExp]>([
    ['throws at import', `throw new Error('at import')`, /expected a module that loads, received Error: at import/],
    ['has a syntax error', 'exports.default = {{', /SyntaxError: .* \(.*index\.js:1\)/],
    ['exits at import', 'process.exit(0)', /one that ended its process with exit code 0/],
    ['hangs at import', 'for (;;);', /one that did not load within 3000 ms/],
    ['exports nothing', '', /expected a default export made by defineRewardPlugin, received an object with no keys/],
    [
      'exports something else',
      'exports.default = { id: 1 }',
      /made by defineRewardPlugin, received an object with keys default/,
    ],
    [
      'has another id',
      pluginSource({ id: 'other' }),
      /: id: expected "sample" \(string\) as in package\.json, received "other"/,
    ],
    ['misses a dependency', `require('not-installed')`, /Cannot find module 'not-installed'/],
    [
      'awaits in create what never comes',
      hangingCreate,
      /ended its process with exit code 0, as .* an await in create/,
    ],
    ['throws in create', pluginSource({ create: `throw new Error('in create')` }), /in create/],
  ])('%s', async (_what, source, message) => {
    await expect(
      start(source, { loadDeadlineMs: /hang|for \(;;\)/.test(source) ? 3_000 : 30_000 }),
    ).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringMatching(message) as string,
    });
  });

  it('has options that it refuses', async () => {
    await expect(start(pluginSource(), { options: { bonus: 5 } })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
