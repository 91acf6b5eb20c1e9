import { PassThrough } from 'node:stream';
import { Terminal, wantsColors } from './terminal';

describe('wantsColors', () => {
  const tty = { isTTY: true };
  it.each([
    [tty, {}, true],
    [{}, {}, false],
    [tty, { NO_COLOR: '1' }, false],
    [tty, { NO_COLOR: '' }, true],
    [tty, { TERM: 'dumb' }, false],
    [{}, { FORCE_COLOR: '1' }, true],
    [tty, { FORCE_COLOR: '0' }, false],
    [tty, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('%j with %j: %s', (stream, env, wanted) => {
    expect(wantsColors(stream, env)).toBe(wanted);
  });
});

describe('Terminal', () => {
  it('keeps results and notes apart, and a live line below the notes', () => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const terminal = new Terminal(stdout, stderr, {});
    terminal.printJson({ a: 1 });
    terminal.note('one');
    terminal.showLive('half');
    terminal.showLive('half');
    terminal.note('two');
    terminal.showLive('');
    terminal.note('three');
    expect(String(stdout.read())).toBe('{"a":1}\n');
    const clear = '\r\u001b[K';
    expect(String(stderr.read())).toBe(`one\n${clear}half${clear}two\nhalf${clear}three\n`);
  });

  it.each([
    [80, 80],
    [0, 100],
    [undefined, 100],
  ])('takes a width of %s for %s columns', (columns, expected) => {
    const stream = Object.assign(new PassThrough(), { columns });
    const terminal = new Terminal(stream as PassThrough, stream as PassThrough, {});
    expect([terminal.columns, terminal.noteColumns]).toEqual([expected, expected]);
  });
});
