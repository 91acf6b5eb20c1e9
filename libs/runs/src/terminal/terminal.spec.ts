import fc from 'fast-check';
import type { Series } from '../series/series';
import { BrailleCanvas } from './braille';
import { sparkline } from './sparkline';
import { terminalChart } from './terminal-chart';

const plain = (text: string): string => text;
const seriesOf = (values: readonly number[]): Series => ({
  ...{ name: 'x', steps: Float64Array.from(values, (_, i) => i), values: Float64Array.from(values) },
});
const chart = (values: readonly number[], columns = 40, rows = 5): string[] =>
  terminalChart({ lines: [seriesOf(values)], columns, rows, paint: plain, dim: plain });

describe('BrailleCanvas', () => {
  it('draws dots and lines, and gives each stretch to the layer that drew there last', () => {
    const canvas = new BrailleCanvas(3, 1);
    for (const y of [0, 1, 2, 3]) canvas.dot(0, y, 0);
    canvas.line(2, 3, 5, 3, 1);
    canvas.dot(99, 0, 1);
    canvas.dot(0, -1, 1);
    expect(canvas.render((text, layer) => `<${layer}:${text}>`)).toEqual(['<0:⡇><1:⣀⣀>']);
  });
});

describe('terminalChart', () => {
  it('has a curve between axes with round numbers', () => {
    expect(chart([0, 1, 2, 3, 4], 24, 4)).toMatchInlineSnapshot(`
      [
        "  4 ┤              ⣀⠤⠒⠉",
        "  2 ┤          ⣀⠤⠒⠉",
        "    │    ⣀⡠⠤⠒⠊⠉",
        "  0 ┤⣀⠤⠒⠉",
        "    └┬────────┬───────┬",
        "step 0        2       4",
      ]
    `);
  });

  it.each<[string, number[]]>([
    ['one point', [3]],
    ['equal values', [0.1, 0.1, 0.1]],
    ['zeros', [0, 0]],
    ['gaps', [1, NaN, 3, Infinity, 2]],
  ])('draws %s', (_name, values) => {
    const rows = chart(values);
    expect(rows).toHaveLength(7);
    expect(rows.join('')).toMatch(/[\u2801-\u28ff]/);
  });

  it('is nothing where nothing is finite', () => {
    expect(chart([NaN, Infinity])).toEqual([]);
    expect(chart([])).toEqual([]);
  });

  it('property: no row is wider than it may be, whatever the values', () => {
    const values = fc.array(fc.double(), { maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: 30, max: 150 }), fc.integer({ min: 2, max: 20 }), (all, columns, rows) => {
        for (const row of chart(all, columns, rows)) expect([...row].length).toBeLessThanOrEqual(columns);
      }),
      { seed: 5 },
    );
  });

  it('holds what is drawn elsewhere too', () => {
    const [low, high] = [seriesOf([0, 1]), seriesOf([0, 10])];
    const rows = terminalChart({ lines: [low], within: [low, high], columns: 30, rows: 4, paint: plain, dim: plain });
    expect(rows[0]).toContain('10');
  });
});

describe('sparkline', () => {
  it('is the course of a series in one line', () => {
    expect(sparkline(seriesOf([0, 1, 2, 3, 4, 5, 6, 7]), 20)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline(seriesOf([0, 0, 7, 7]), 2)).toBe('▁█');
    expect(sparkline(seriesOf([5, NaN, 5]), 9)).toBe('▁ ▁');
    expect(sparkline(seriesOf([]), 9)).toBe('');
  });
});
