import { type Clip, clipFromPatches } from '@srvau/native';
import { SharedCache } from './shared-cache';

const VALUES = 96;
const BYTES = VALUES * 4 * 4;

/** Four patches of 4×4 pixels and 2 frames. */
const make = (): Promise<Clip> =>
  clipFromPatches(new Float32Array(4 * VALUES), { kind: 'video', grid: { t: 1, h: 2, w: 2 }, secondPerGrid: 2 });

describe('SharedCache', () => {
  it('gives the same clip to all who ask for it, and makes it once', async () => {
    const cache = new SharedCache<Clip>(10 * BYTES);
    const maker = jest.fn(make);
    const [one, two] = await Promise.all([cache.acquire('a', maker), cache.acquire('a', maker)]);
    one.release();
    two.release();
    const three = await cache.acquire('a', maker);
    expect(new Set([one.value, two.value, three.value]).size).toBe(1);
    expect(one.value.bytes).toBe(BYTES);
    expect(maker).toHaveBeenCalledTimes(1);
    three.release();
    cache.close();
  });

  it('gives up the least recently used, but never what is in use', async () => {
    const cache = new SharedCache<Clip>(2 * BYTES);
    const [a, b] = [await cache.acquire('a', make), await cache.acquire('b', make)];
    const disposed: string[] = [];
    jest.spyOn(a.value, 'dispose').mockImplementation(() => Promise.resolve(void disposed.push('a')));
    jest.spyOn(b.value, 'dispose').mockImplementation(() => Promise.resolve(void disposed.push('b')));
    const c = await cache.acquire('c', make);
    c.release();
    b.release();
    expect(disposed).toEqual([]);
    (await cache.acquire('b', make)).release();
    a.release();
    a.release();
    expect(disposed).toEqual([]);
    (await cache.acquire('d', make)).release();
    expect(disposed).toEqual(['a']);
    cache.close();
    expect(disposed).toEqual(['a', 'b']);
    await expect(cache.acquire('a', make)).rejects.toThrow('closed');
  });

  it('goes on making a clip as long as somebody waits for it', async () => {
    const cache = new SharedCache<Clip>(BYTES);
    const [first, second] = [new AbortController(), new AbortController()];
    const signals: AbortSignal[] = [];
    let finish: (clip: Promise<Clip>) => void = () => undefined;
    const slow = (signal: AbortSignal): Promise<Clip> => {
      signals.push(signal);
      return new Promise((resolve) => (finish = resolve));
    };
    const one = cache.acquire('a', slow, first.signal);
    const two = cache.acquire('a', slow, second.signal);
    first.abort(new Error('left'));
    await expect(one).rejects.toThrow('left');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    finish(make());
    (await two).release();

    const three = cache.acquire('b', slow, second.signal);
    second.abort(new Error('left too'));
    await expect(three).rejects.toThrow('left too');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    cache.close();
  });

  it('tries again after a failure', async () => {
    const cache = new SharedCache<Clip>(BYTES);
    await expect(cache.acquire('a', () => Promise.reject(new Error('unreadable')))).rejects.toThrow('unreadable');
    const { value: clip, release } = await cache.acquire('a', make);
    expect(clip.grid).toEqual({ t: 1, h: 2, w: 2 });
    release();
    cache.close();
  });
});
