import { Readiness } from './readiness';

describe('Readiness', () => {
  it('goes from starting over serving to draining, and never back', () => {
    const readiness = new Readiness([]);
    expect(readiness.report()).toEqual({ ready: false, reasons: ['starting'] });
    readiness.notYet('no JetStream');
    expect(readiness.report()).toEqual({ ready: false, reasons: ['starting: no JetStream'] });
    readiness.serving();
    expect(readiness.report()).toEqual({ ready: true, reasons: [] });
    void readiness.drain();
    readiness.serving();
    expect(readiness.report()).toEqual({ ready: false, reasons: ['draining: no new work is taken'] });
    expect(readiness.draining).toBe(true);
  });

  it('asks its checks anew each time and tells every reason', () => {
    let connected = false;
    const readiness = new Readiness([() => (connected ? undefined : 'NATS is not connected'), () => undefined]);
    expect(readiness.report().reasons).toEqual(['starting', 'NATS is not connected']);
    readiness.serving();
    expect(readiness.report()).toEqual({ ready: false, reasons: ['NATS is not connected'] });
    connected = true;
    expect(readiness.report().ready).toBe(true);
  });

  it('lets work end before anything is closed, whatever becomes of it', async () => {
    const readiness = new Readiness([]);
    let finish = (): void => undefined;
    readiness.beforeClosing(() => new Promise<void>((done) => (finish = done)));
    readiness.beforeClosing(() => Promise.reject(new Error('the caller went away')));
    let over = false;
    const drained = readiness.drain().then(() => (over = true));
    await Promise.resolve();
    expect(readiness.draining).toBe(true);
    expect(over).toBe(false);
    finish();
    await drained;
    expect(over).toBe(true);
  });
});
