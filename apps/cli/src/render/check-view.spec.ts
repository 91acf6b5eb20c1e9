import { PassThrough } from 'node:stream';
import { Terminal } from '../terminal';
import { CheckView, resultText, verdictText } from './check-view';

/** A terminal, or a pair of pipes, that keeps what is written. */
function screen(isTTY: boolean): { terminal: Terminal; out: () => string; err: () => string } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY, columns: 80 }),
  );
  const read = (stream: PassThrough | undefined) => (): string => String(stream?.read() ?? '');
  const terminal = new Terminal(stdout as PassThrough, stderr as PassThrough, { NO_COLOR: '1' });
  return { terminal, out: read(stdout), err: read(stderr) };
}

const scores = { check: 'golden: one', answer: 'scores', deadlineMs: 10_000 };
const passed = { name: 'golden: one', passed: true };

describe('CheckView', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('shows on a terminal what is waited for and how long, until there is a result', () => {
    const { terminal, out, err } = screen(true);
    const view = new CheckView(terminal, true);
    view.onWait(scores);
    jest.advanceTimersByTime(2_500);
    expect(err()).toContain('… golden: one: waiting for scores, 2.4 s of at most 10 s');
    view.onResult(passed);
    expect(err()).toBe('\r\u001b[K');
    expect(out()).toBe('✓ golden: one\n');
    jest.advanceTimersByTime(2_500);
    expect(err()).toBe('');
    view.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('names elsewhere a check that takes long, once', () => {
    const { terminal, out, err } = screen(false);
    const view = new CheckView(terminal, true);
    view.onWait(scores);
    jest.advanceTimersByTime(2_000);
    view.onWait({ ...scores, answer: 'the end of dispose()' });
    jest.advanceTimersByTime(2_000);
    expect(err()).toBe('');
    jest.advanceTimersByTime(9_000);
    expect(err()).toBe('… golden: one: waiting for the end of dispose(), 3.0 s of at most 10 s\n');
    view.onResult(passed);
    view.onWait({ ...scores, check: 'another' });
    jest.advanceTimersByTime(9_000);
    expect(err()).toBe('… another: waiting for scores, 3.0 s of at most 10 s\n');
    expect(out()).toBe('✓ golden: one\n');
    view.close();
  });

  it('leaves standard output to JSON', () => {
    const { terminal, out } = screen(false);
    const view = new CheckView(terminal, false);
    view.onResult(passed);
    view.close();
    expect(out()).toBe('');
  });
});

const { terminal } = screen(false);

it('says of a failed check what was expected, and keeps its text from driving the terminal', () => {
  const failed = { name: 'golden: \u001b[2J', passed: false, where: 'row 1 (r)', expected: '0.5', received: '0.25' };
  expect(resultText(failed, terminal.colors)).toBe(
    ['✗ golden: \\x1b[2J', '    where     row 1 (r)', '    expected  0.5', '    received  0.25'].join('\n'),
  );
  expect(resultText({ ...failed, where: '' }, terminal.colors)).not.toContain('where');
});

it('counts what failed and what was not run', () => {
  const failed = { name: 'b', passed: false };
  const report = { plugin: 'p@1', passed: false, checks: [passed, failed], notRun: [] };
  expect(verdictText(report, terminal.colors)).toBe('\np@1 does not conform: 1 of 2 checks failed');
  expect(verdictText({ ...report, notRun: ['c', 'd'] }, terminal.colors)).toBe(
    ['· c (not run)', '· d (not run)', '', 'p@1 does not conform: 1 of 4 checks failed, 2 not run'].join('\n'),
  );
  expect(verdictText({ ...report, passed: true, checks: [passed] }, terminal.colors)).toBe(
    '\np@1 conforms: 1 check passed',
  );
});
