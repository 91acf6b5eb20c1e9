import fc from 'fast-check';
import { downsampled } from './downsample';
import { areaOf, byArea, directionOf, mainMetrics, metricFilter } from './metric-names';
import { type Series, SeriesBuilder } from './series';
import { smoothed } from './smooth';
import { summarize } from './summarize';

const seriesOf = (values: readonly number[], name = 'loss'): Series => {
  const builder = new SeriesBuilder(name);
  values.forEach((value, i) => builder.add(i + 1, value));
  return builder.build();
};
const anyValues = fc.array(fc.double({ noDefaultInfinity: false }), { maxLength: 400 });

describe('SeriesBuilder', () => {
  it('keeps every point, however many', () => {
    const series = seriesOf(Array.from({ length: 1000 }, (_, i) => i / 2));
    expect(series.steps).toHaveLength(1000);
    expect([series.steps.at(-1), series.values.at(-1)]).toEqual([1000, 499.5]);
  });
});

describe('smoothed', () => {
  it('is a moving average whose beginning is not drawn to 0', () => {
    const { values } = smoothed(seriesOf([1, 2, 3]), 0.5);
    // 1; (1·½ + 2)·½/¾ …: the weights of what was seen so far, made to add up to 1.
    expect([...values].map((value) => Number(value.toFixed(6)))).toEqual([1, 1.666667, 2.428571]);
  });

  it('leaves gaps as they are, and counts them nowhere', () => {
    const { values } = smoothed(seriesOf([1, NaN, 2, Infinity, 3]), 0.5);
    expect([...values].map((value) => Number(value.toFixed(6)))).toEqual([1, NaN, 1.666667, Infinity, 2.428571]);
  });

  it('does not ripple what is constant, and does nothing with weight 0', () => {
    const constant = seriesOf([0.1, 0.1, 0.1, 0.1]);
    expect(smoothed(constant, 0.99)).toBe(constant);
    const other = seriesOf([1, 2]);
    expect(smoothed(other, 0)).toBe(other);
  });

  it('property: stays between the lowest and the highest value', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 0.999, noNaN: true }), (all, weight) => {
        const [low, high] = [Math.min(...all), Math.max(...all)];
        const room = 1e-9 * Math.max(1, Math.abs(low), Math.abs(high));
        for (const value of smoothed(seriesOf(all), weight).values) {
          expect(value).toBeGreaterThanOrEqual(low - room);
          expect(value).toBeLessThanOrEqual(high + room);
        }
      }),
      { seed: 3 },
    );
  });

  it.each([-0.1, 1, NaN])('refuses a weight of %d', (weight) => {
    expect(() => smoothed(seriesOf([1]), weight)).toThrow(/^smooth: expected a number from 0 to below 1/);
  });
});

describe('downsampled', () => {
  it('property: keeps first, last, lowest and highest, in order, within its bound', () => {
    fc.assert(
      fc.property(anyValues, fc.integer({ min: 4, max: 200 }), (values, points) => {
        const series = seriesOf(values);
        const kept = downsampled(series, points);
        expect(kept.steps.length).toBeLessThanOrEqual(Math.max(values.length <= points ? points : 0, (points / 4) * 5));
        expect([...kept.steps]).toEqual([...kept.steps].sort((a, b) => a - b));
        expect([kept.values[0], kept.values.at(-1)]).toEqual([series.values[0], series.values.at(-1)]);
        const [whole, part] = [summarize(series), summarize(kept)];
        expect([part.min, part.max]).toEqual([whole.min, whole.max]);
        expect(part.nonFinite > 0).toBe(whole.nonFinite > 0);
      }),
      { seed: 4 },
    );
  });

  it('does not lose a single spike in a long run', () => {
    const values = Array.from({ length: 100_000 }, (_, i) => (i === 70_003 ? 9 : Math.sin(i / 50)));
    const kept = downsampled(seriesOf(values), 200);
    expect(kept.steps[kept.values.indexOf(9)]).toBe(70_004);
    expect(kept.values.length).toBeLessThanOrEqual(250);
  });
});

describe('summarize', () => {
  it('says where a series stands, whatever is not finite', () => {
    expect(summarize(seriesOf([3, NaN, 1, 2, Infinity]))).toEqual({
      ...{ metric: 'loss', points: 5, last: { step: 5, value: Infinity }, nonFinite: 2, recent: 2 },
      ...{ min: { step: 3, value: 1 }, max: { step: 1, value: 3 }, best: { step: 3, value: 1 } },
    });
    expect(summarize(seriesOf([], 'kl'))).toEqual({
      ...{ metric: 'kl', points: 0, last: null, min: null, max: null, best: null, recent: null, nonFinite: 0 },
    });
  });

  it('means the last tenth, at most a hundred steps, by recent', () => {
    const ramp = (count: number): Series => seriesOf(Array.from({ length: count }, (_, i) => i));
    expect(summarize(ramp(20)).recent).toBe(18.5);
    expect(summarize(ramp(5000)).recent).toBe(4949.5);
  });
});

describe('names of metrics', () => {
  it('are grouped by area, the run’s own first and validation last', () => {
    expect(areaOf('reward/task/mean')).toBe('reward');
    expect(byArea(['val/loss', 'clip/low', 'loss', 'clip/high', 'lr'])).toEqual([
      { area: '', metrics: ['loss', 'lr'] },
      { area: 'clip', metrics: ['clip/low', 'clip/high'] },
      { area: 'val', metrics: ['val/loss'] },
    ]);
  });

  it('say which way is better, where one is', () => {
    expect(['loss', 'val/loss', 'reward/task/mean', 'val/reward/total/mean', 'val/format'].map(directionOf)).toEqual([
      ...['lower', 'lower', 'higher', 'higher', 'higher'],
    ]);
    expect(['kl', 'reward/task/std', 'length/mean'].map(directionOf)).toEqual([undefined, undefined, undefined]);
  });

  it('are chosen by patterns, or by what matters', () => {
    const names = ['loss', 'reward/task/mean', 'reward/task/std', 'a.b', 'axb'];
    const chosen = (...patterns: string[]): string[] => names.filter(metricFilter(patterns));
    expect(chosen()).toEqual(names);
    expect(chosen('reward/*/mean', 'l?ss')).toEqual(['loss', 'reward/task/mean']);
    expect(chosen('a.b')).toEqual(['a.b']);
    expect(chosen(`${'*'.repeat(50)}x`)).toEqual([]);
    expect(mainMetrics(['lr', 'kl', 'loss'])).toEqual(['loss', 'kl']);
    expect(mainMetrics(['mine', 'theirs'])).toEqual(['mine', 'theirs']);
  });
});
