import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import type { VisionLanguageModel } from '@srvau/models';
import { ModelPool } from './model-pool';

/** A checkpoint whose weights are a number of how often it was opened. */
class Opened implements VisionLanguageModel {
  disposed = false;

  constructor(private readonly nth: number) {}

  describe() {
    return { backend: 'native', model: String(this.nth), hash: null };
  }

  generate() {
    return Promise.resolve({ completions: [{ text: String(this.nth), finishReason: 'stop' as const }] });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    return Promise.resolve();
  }
}

let root: string;
let opened: Opened[];
let pool: ModelPool;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'srvau-pool-'));
  opened = [];
  pool = new ModelPool({ idleMs: 60_000, open: () => Promise.resolve(made()) });
});
afterEach(async () => {
  await pool[Symbol.asyncDispose]();
  expect(opened.every(({ disposed }) => disposed)).toBe(true);
  rmSync(root, { recursive: true, force: true });
});

function made(): Opened {
  const model = new Opened(opened.length);
  opened.push(model);
  return model;
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('a model', () => {
  it('is opened once for all, and anew when files of its checkpoint have changed', async () => {
    const uri = `native:${root}`;
    writeFileSync(join(root, 'model.safetensors'), 'weights');
    const [first, same] = await Promise.all([pool.acquire(uri), pool.acquire(uri)]);
    expect(same.model).toBe(first.model);
    writeFileSync(join(root, 'model.safetensors'), 'weights that were trained on');
    const next = await pool.acquire(uri);
    expect(next.model.identity.model).toBe('1');
    // Whoever began with the other one goes on with it.
    first.release();
    first.release();
    await turn();
    expect(opened[0]?.disposed).toBe(false);
    same.release();
    await turn();
    expect(opened.map(({ disposed }) => disposed)).toEqual([true, false]);
    next.release();
    expect((await pool.acquire(uri)).model).toBe(next.model);
  });

  it('that nobody uses makes room for another one, and is kept otherwise', async () => {
    const idle = await pool.acquire('native:/a');
    idle.release();
    const again = await pool.acquire('native:/a');
    expect(again.model).toBe(idle.model);
    await pool.acquire('native:/b');
    await turn();
    expect(opened[0]?.disposed).toBe(false);
    again.release();
    await pool.acquire('native:/c');
    await turn();
    expect(opened.map(({ disposed }) => disposed)).toEqual([true, false, false]);
  });

  it('is closed when nobody has used it for a while', async () => {
    await using quick = new ModelPool({ idleMs: 1, open: () => Promise.resolve(made()) });
    (await quick.acquire('openai:x')).release();
    while (opened[0]?.disposed !== true) await turn();
    expect((await quick.acquire('openai:x')).model.identity.model).toBe('1');
  });

  it('that cannot be opened is a final fault, and is tried again by the next who asks', async () => {
    let fails = true;
    const open = (): Promise<Opened> =>
      fails ? Promise.reject(new SrvauError('UNAVAILABLE', 'no addon')) : Promise.resolve(made());
    await using broken = new ModelPool({ open });
    await expect(broken.acquire('native:/a')).rejects.toMatchObject({
      ...{ code: 'UNPROCESSABLE', message: 'the native model cannot be opened: no addon' },
    });
    fails = false;
    expect((await broken.acquire('native:/a')).model.identity.model).toBe('0');
  });

  it('is waited for no longer than told, and kept for the next', async () => {
    let ready: (model: Opened) => void = () => undefined;
    let asked = false;
    const open = (): Promise<Opened> => new Promise((done) => ((asked = true), (ready = done)));
    await using slow = new ModelPool({ open });
    const leaving = new AbortController();
    const waiting = slow.acquire('native:/a', leaving.signal);
    while (!asked) await turn();
    leaving.abort(new SrvauError('DEADLINE_EXCEEDED', 'late'));
    await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(slow.acquire('native:/a', leaving.signal)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const next = slow.acquire('native:/a');
    ready(made());
    expect((await next).model.identity.model).toBe('0');
  });
});
