import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configJson, rejection } from '../test/reference';
import { Model, runtimeInfo, setThreads } from '.';

/** Some seconds of work, were it not aborted. */
const LONG = { maxNewTokens: 8000 };
const requests = [{ prompt: { ids: [1, 2, 3] }, seeds: [1, 2, 3, 4] }];

it('the number of threads is a setting of the process', () => {
  const { intraOpThreads } = runtimeInfo();
  setThreads(3);
  expect(runtimeInfo().intraOpThreads).toBe(3);
  expect(() => setThreads(0)).toThrow('Expected integer from 1 to 1024 for threads but received 0 of type number');
  expect(() => setThreads(1.5)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  setThreads(intraOpThreads);
});

describe('a call', () => {
  const { intraOpThreads } = runtimeInfo();
  let model: Model;
  beforeAll(async () => {
    // Threads of operators this small would mostly wait for each other where other tests run beside.
    setThreads(1);
    model = await Model.random({ json: configJson({ hidden_size: 128 }) }, { seed: 1 });
  });
  afterAll(async () => {
    await model.dispose();
    setThreads(intraOpThreads);
  });

  it('with a signal that has aborted does not begin', async () => {
    const reason = new Error('no longer wanted');
    let tokens = 0;
    const call = model.generate(requests, LONG, { signal: AbortSignal.abort(reason), onTokens: () => ++tokens });
    expect(await rejection(call)).toBe(reason);
    await model.generate(requests, { maxNewTokens: 1 });
    expect(tokens).toBe(0);
  });

  it('that waits for its turn is rejected at once', async () => {
    const ends: string[] = [];
    const first = new AbortController();
    const second = new AbortController();
    let tokensOfSecond = 0;
    const running = rejection(model.generate(requests, LONG, { signal: first.signal })).then(() =>
      ends.push('running'),
    );
    const waiting = rejection(
      model.generate(requests, LONG, { signal: second.signal, onTokens: () => ++tokensOfSecond }),
    ).then((error) => {
      ends.push('waiting');
      return error;
    });
    second.abort();
    expect(await waiting).toBe(second.signal.reason);
    first.abort();
    await running;
    expect(ends).toEqual(['waiting', 'running']);
    await model.generate(requests, { maxNewTokens: 1 });
    expect(tokensOfSecond).toBe(0);
  });

  it('that computes stops soon, and the model is as good as before', async () => {
    const before = await model.generate(requests, { maxNewTokens: 5 });
    const controller = new AbortController();
    let tokens = 0;
    const call = model.generate(requests, LONG, {
      signal: controller.signal,
      onTokens: ({ ids }) => {
        tokens += ids.length;
        controller.abort(new Error('enough'));
      },
    });
    expect(await rejection(call)).toHaveProperty('message', 'enough');
    expect(tokens).toBeLessThan(LONG.maxNewTokens);
    expect(await model.generate(requests, { maxNewTokens: 5 })).toEqual(before);
  });

  it('that cannot be stopped in time rejects all the same', async () => {
    const controller = new AbortController();
    const groups = [{ prompt: { ids: new Int32Array(500) }, completions: [] }];
    const call = model.logprobs(groups, { scope: 'everything' }, { signal: controller.signal });
    controller.abort();
    expect(await rejection(call)).toBe(controller.signal.reason);
  });

  it('that changes something rejects only when it did not', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
    try {
      for (let i = 0; i < 10; ++i) {
        const place = join(dir, String(i));
        const controller = new AbortController();
        const saved = model.save(place, { signal: controller.signal }).then(
          () => true,
          () => false,
        );
        // Later each time: some are stopped, some are not.
        for (let turn = 0; turn < i; ++turn) await new Promise((resolve) => setImmediate(resolve));
        controller.abort();
        const done = await saved;
        expect(existsSync(place)).toBe(done);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('shares its signal with any number of others, without a warning of a leak', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    try {
      const { signal } = new AbortController();
      await Promise.all(Array.from({ length: 20 }, () => model.generate(requests, { maxNewTokens: 1 }, { signal })));
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', note);
    }
    expect(warnings).not.toContain('MaxListenersExceededWarning');
  });

  it('leaves the event loop free', async () => {
    let ticks = 0;
    const timer = setInterval(() => ++ticks, 1);
    let steps = 0;
    // The callback only counts how long it was; timers have their turn however often it comes.
    await model.generate(requests, { maxNewTokens: 400 }, { onTokens: () => ++steps });
    clearInterval(timer);
    expect(steps).toBeGreaterThan(0);
    // Were it computed on this thread there would be none.
    expect(ticks).toBeGreaterThan(3);
  });

  it('runs after those before it', async () => {
    const order: number[] = [];
    await Promise.all(
      [30, 1, 10].map(async (maxNewTokens, i) => {
        await model.generate(requests, { maxNewTokens });
        order.push(i);
      }),
    );
    expect(order).toEqual([0, 1, 2]);
  });
});
