import fc from 'fast-check';
import { readSpan, readSpanText } from './span';

describe('readSpanText', () => {
  it.each([
    ['0.67', '6.67', [0.67, 6.67]],
    ['0', '12', [0, 12]],
    [' 3. ', '.5e1', [3, 5]],
    ['-0.0', '4', [0, 4]],
  ])('reads %j to %j', (start, end, spanSec) => {
    expect(readSpanText(start, end)).toEqual({ kind: 'span', spanSec });
  });

  it.each([
    ['0.0', '0.0'],
    ['-1', '-1.0'],
    ['', ' '],
    ['0', '-0.0'],
  ])('sees no span in %j to %j', (start, end) => {
    expect(readSpanText(start, end)).toEqual({ kind: 'none' });
  });

  it.each([
    ['7', '3', 'expected a start before the end, received 7 to 3'],
    ['-2', '3', 'expected seconds from 0 on, received -2 to 3'],
    ['-1', '5', 'expected seconds from 0 on, received -1 to 5'],
    ['NaN', '5', 'expected two numbers of seconds, received ["NaN","5"]'],
    ['1e999', '2', 'expected two finite numbers of seconds, received Infinity to 2'],
    ['', '5', 'expected two numbers of seconds, received ["","5"]'],
    ['00:05', '00:09', 'expected two numbers of seconds, received ["00:05","00:09"]'],
    ['0x10', '20', 'expected two numbers of seconds, received ["0x10","20"]'],
  ])('refuses %j to %j', (start, end, detail) => {
    expect(readSpanText(start, end)).toEqual({ kind: 'invalid', detail });
  });

  it('tells an instant from a stretch', () => {
    expect(readSpanText('5', '5')).toEqual({
      kind: 'empty',
      detail: 'expected a start before the end, received 5 to 5',
    });
  });

  it('is total, and a span it returns is one', () => {
    const text = fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String));
    fc.assert(
      fc.property(text, text, (start, end) => {
        const reading = readSpanText(start, end);
        if (reading.kind === 'span') expect(reading.spanSec[1]).toBeGreaterThan(reading.spanSec[0]);
      }),
    );
    expect(readSpanText('1'.repeat(1_000_000), '2').kind).toBe('invalid');
  });

  it('reads back every span of finite seconds', () => {
    const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        fc.pre(a !== b);
        const [start, end] = a < b ? [a, b] : [b, a];
        expect(readSpanText(String(start), String(end))).toEqual(readSpan(start, end));
        expect(readSpan(start, end)).toEqual({ kind: 'span', spanSec: [start + 0, end + 0] });
      }),
    );
  });
});
