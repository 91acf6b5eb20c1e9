import { batchOf, keptLog, pluginSource, PluginFolder } from '../../test/plugins';
import { outcomesOf } from '../../test/runners';
import type { ModuleManifest } from '../manifest/manifest';
import { readManifest } from '../manifest/read-manifest';
import { InProcessRunner } from './in-process-runner';

const folder = new PluginFolder();
afterAll(() => folder[Symbol.dispose]());

const { log } = keptLog();
let packages = 0;

function open(source: string, maxBatches = 4): Promise<InProcessRunner> {
  const dir = folder.add(`p${(packages += 1)}`, source);
  const manifest = readManifest(dir) as ModuleManifest;
  return InProcessRunner.open({ manifest, source: dir, options: {}, log, maxBatches, fresh: false });
}

const never = new AbortController().signal;
const good = { kind: 'scored', value: 0.5 };
const onStep1 = (score: string): string =>
  pluginSource({ score: `if (context.step === 1) { ${score} } return batch.map(() => scored(0.5))` });

describe('a plugin in process', () => {
  it('fails rows for what it throws, answers wrongly, or never answers', async () => {
    for (const [score, error] of [
      [`throw new Error('no')`, 'sample@1: threw Error: no'],
      ['return []', 'sample@1: expected 1 scores, received 0'],
      ['return new Promise(() => {})', 'sample@1: did not answer within its deadline of 20 ms'],
    ] as const) {
      const runner = await open(onStep1(score));
      expect(await outcomesOf(runner, batchOf(1), { signal: never, deadlineMs: 20, step: 1 })).toEqual([
        { kind: 'failed', error },
      ]);
      expect(await outcomesOf(runner, batchOf(1), { signal: never, deadlineMs: 30_000 })).toEqual([good]);
      await runner.close();
    }
  });

  it('counts a late batch as running until it has answered', async () => {
    const runner = await open(onStep1('return new Promise((done) => { globalThis.answerLate = () => done([]); })'), 1);
    await outcomesOf(runner, batchOf(1), { signal: never, deadlineMs: 10, step: 1 });
    const next = (): Promise<unknown> => outcomesOf(runner, batchOf(1), { signal: never, deadlineMs: 30_000 });
    await expect(next()).rejects.toMatchObject({ code: 'BUSY' });
    (globalThis as unknown as { answerLate: () => void }).answerLate();
    await new Promise((done) => setImmediate(done));
    expect(await next()).toEqual([good]);
  });

  it('gives callers who give up their own reason', async () => {
    const runner = await open(onStep1('return new Promise(() => {})'));
    const caller = new AbortController();
    const asked = outcomesOf(runner, batchOf(1), { signal: caller.signal, deadlineMs: 30_000, step: 1 });
    caller.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
  });

  it('keeps a few sets of options ready and disposes the others', async () => {
    const count = (name: string): string => `globalThis.${name} = (globalThis.${name} ?? 0) + 1;`;
    const runner = await open(pluginSource({ create: count('madeBySpec'), dispose: count('endedBySpec') }));
    const counts = globalThis as unknown as { madeBySpec: number; endedBySpec?: number };
    const scoreWith = (bonus: number): Promise<unknown> =>
      outcomesOf(runner, batchOf(1), { signal: never, deadlineMs: 30_000, options: { bonus } });
    for (let i = 1; i <= 20; i++) expect(await scoreWith(i / 20)).toEqual([{ kind: 'scored', value: i / 20 }]);
    const made = counts.madeBySpec;
    await scoreWith(1);
    expect(counts.madeBySpec).toBe(made);
    await runner.close();
    expect(counts.endedBySpec).toBe(counts.madeBySpec);
    // The one of the defaults, and one for each of the options.
    expect(counts.madeBySpec).toBe(1 + 20);
  });
});
