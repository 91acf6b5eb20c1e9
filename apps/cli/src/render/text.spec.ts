import { bar, bytesText, clip, countText, duration, plural, printable } from './text';

describe('printable', () => {
  it('makes control characters visible, so that text from a file cannot drive the terminal', () => {
    expect(printable('\u001b[2J\u0007boo\u009b1m')).toBe('\\x1b[2J\\x07boo\\x9b1m');
  });

  it('keeps everything else, on one line', () => {
    expect(printable('Größe 漢字 🙂\r\n\tx')).toBe('Größe 漢字 🙂 x');
  });
});

describe('clip', () => {
  it('cuts by characters, not code units', () => {
    expect(clip('🙂🙂🙂', 3)).toBe('🙂🙂🙂');
    expect(clip('🙂🙂🙂', 2)).toBe('🙂…');
    expect(clip('abc', 0)).toBe('…');
  });
});

describe('duration', () => {
  it.each([
    [0, '0.0 s'],
    [0.44, '0.4 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3599.7, '1 h 00 min'],
    [7380, '2 h 03 min'],
    [100 * 3600, '4 d 04 h'],
  ])('%d s → %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('plural', () => {
  it('counts', () => {
    expect([0, 1, 2].map((count) => plural(count, 'frame'))).toEqual(['0 frames', '1 frame', '2 frames']);
  });
});

describe('bar', () => {
  it('is as long as its fraction, and never longer than its width', () => {
    expect(bar(0, 4)).toBe('');
    expect(bar(0.5, 4)).toBe('██');
    expect(bar(0.5625, 2)).toBe('█▏');
    expect(bar(1, 4)).toBe('████');
    expect(bar(7, 4)).toBe('████');
    expect(bar(-1, 4)).toBe('');
  });
});

describe('countText and bytesText', () => {
  it('are easy to read', () => {
    expect([0, 999, 151_665].map(countText)).toEqual(['0', '999', '151,665']);
    expect([0, 1023, 1024, 1_500_000, 7.5 * 2 ** 30].map(bytesText)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.4 MiB',
      '7.5 GiB',
    ]);
  });
});
