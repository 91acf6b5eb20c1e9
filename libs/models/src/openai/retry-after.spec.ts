import * as fc from 'fast-check';
import { retryAfterMs } from './retry-after';

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);
const read = (value: string | undefined, precise?: string): number | undefined =>
  retryAfterMs({ 'retry-after': value, 'retry-after-ms': precise }, NOW);

describe('retryAfterMs', () => {
  it.each([
    ['2', 2000],
    [' 0 ', 0],
    ['1.5', 1500],
    ['Mon, 05 Jan 2026 12:00:30 GMT', 30_000],
    ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
    [undefined, undefined],
    ['', undefined],
    ['-1', undefined],
    ['1e9', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['soon', undefined],
    ['5 days', undefined],
    ['2026', 2026_000],
    ['Mon, 99 Jan 2026 12:00:30 GMT', undefined],
  ])('%j is %j ms', (value, ms) => expect(read(value)).toBe(ms));

  it('takes the precise one of OpenAI first', () => {
    expect(read('2', '350')).toBe(350);
    expect(read('2', 'x')).toBe(2000);
  });

  it('reads what is written, and nothing else becomes a time', () => {
    fc.assert(fc.property(fc.nat(10 ** 9), (seconds) => expect(read(String(seconds))).toBe(seconds * 1000)));
    const dates = fc.date({ min: new Date(NOW), max: new Date(NOW + 10 ** 10), noInvalidDate: true });
    fc.assert(
      fc.property(dates, (date) => {
        expect(read(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000 - NOW);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = read(text);
        expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
