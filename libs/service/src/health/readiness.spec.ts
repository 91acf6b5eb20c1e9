import { Readiness } from './readiness';

describe('Readiness', () => {
  it('goes from starting over serving to draining, and never back', () => {
    const readiness = new Readiness([]);
    expect(readiness.report()).toEqual({ ready: false, reasons: ['starting'] });
    readiness.notYet('no JetStream');
    expect(readiness.report()).toEqual({ ready: false, reasons: ['starting: no JetStream'] });
    readiness.serving();
    expect(readiness.report()).toEqual({ ready: true, reasons: [] });
    readiness.drain();
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
});
