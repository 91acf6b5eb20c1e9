import { EventEmitter } from 'node:events';
import { Interrupted, Interrupts, untilAborted } from './interrupts';

function listening(): { process: EventEmitter; interrupts: Interrupts; left: number[] } {
  const left: number[] = [];
  const interrupts = new Interrupts((code) => left.push(code));
  const process = new EventEmitter();
  interrupts.listen(process as NodeJS.Process);
  return { process, interrupts, left };
}

describe('Interrupts', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('aborts on %s with exit code %d, and leaves at the second', (name, code) => {
    const { process, interrupts, left } = listening();
    process.emit(name);
    expect(interrupts.signal.reason).toBeInstanceOf(Interrupted);
    expect((interrupts.signal.reason as Interrupted).exitCode).toBe(code);
    expect(left).toEqual([]);
    process.emit(name);
    expect(left).toEqual([code]);
  });

  it('gives the first Ctrl-C to a handler, once', () => {
    const { process, interrupts } = listening();
    let called = 0;
    interrupts.interceptNext(() => (called += 1));
    process.emit('SIGINT');
    expect(called).toBe(1);
    expect(interrupts.signal.aborted).toBe(false);
    process.emit('SIGINT');
    expect(called).toBe(1);
    expect(interrupts.signal.aborted).toBe(true);
  });

  it('does not give SIGTERM to that handler, nor Ctrl-C to one that was taken back', () => {
    const first = listening();
    first.interrupts.interceptNext(() => undefined);
    first.process.emit('SIGTERM');
    expect(first.interrupts.signal.aborted).toBe(true);

    const second = listening();
    second.interrupts.interceptNext(() => undefined)();
    second.process.emit('SIGINT');
    expect(second.interrupts.signal.aborted).toBe(true);
  });
});

describe('untilAborted', () => {
  it('is the work, or the reason of the signal when that comes first', async () => {
    const abortion = new AbortController();
    await expect(untilAborted(Promise.resolve(5), abortion.signal)).resolves.toBe(5);
    const never = untilAborted(new Promise<never>(() => undefined), abortion.signal);
    abortion.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
    await expect(untilAborted(new Promise<never>(() => undefined), abortion.signal)).rejects.toThrow('enough');
  });

  it('swallows what the work does later', async () => {
    const abortion = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => (fail = reject));
    const outcome = untilAborted(work, abortion.signal);
    abortion.abort(new Error('enough'));
    await expect(outcome).rejects.toThrow('enough');
    fail(new Error('late'));
    await new Promise((done) => setImmediate(done));
  });
});
