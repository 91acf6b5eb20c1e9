import { memoryRow, rateRow, timeRow } from './rows';

describe('a row', () => {
  it('of times says how many times faster ours is, in milliseconds', () => {
    expect(timeRow({ name: 'step', ours: 0.5, peer: 1.5 }, 2.5)).toEqual({
      name: 'step',
      value: 500,
      peer: 1500,
      unit: 'ms',
      ratio: 3,
      target: '≥ 2.5',
      ok: true,
    });
  });

  it('of rates says how many times more ours does', () => {
    expect(rateRow({ name: 'generate', ours: 200, peer: 100 }, 'tok/s', 3)).toMatchObject({ ratio: 2, ok: false });
  });

  it('of memory says what part of it ours needs, in GiB', () => {
    const bytes = { name: 'peak', ours: 2 ** 30, peer: 2 ** 31 };
    expect(memoryRow(bytes, 0.5)).toMatchObject({ value: 1, peer: 2, unit: 'GiB', ratio: 0.5, ok: true });
    expect(memoryRow({ ...bytes, ours: 2 ** 30 + 1 }, 0.5).ok).toBe(false);
  });

  it('without a peer has no ratio, and its target is neither met nor missed', () => {
    expect(timeRow({ name: 'step', ours: 0.5, peer: undefined }, 2.5)).toEqual({
      name: 'step',
      value: 500,
      unit: 'ms',
      target: '≥ 2.5',
    });
  });

  it('without a limit has no verdict', () => {
    expect(timeRow({ name: 'part', ours: 1, peer: 1 })).not.toHaveProperty('ok');
  });
});
