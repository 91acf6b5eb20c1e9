import { SrvauError, type WireError } from './errors';

describe('SrvauError', () => {
  it('travels with its details and its pause', () => {
    const details = [{ field: 'f', expected: 'e', received: 'r' }];
    const error = new SrvauError('BUSY', 'full', { details, retryAfterMs: 250 });
    expect(error.toWire()).toEqual({ code: 'BUSY', message: 'full', details, retryAfterMs: 250 });
    expect(SrvauError.fromWire(error.toWire())).toMatchObject({
      code: 'BUSY',
      details,
      retryAfterMs: 250,
      status: 429,
    });
    expect(new SrvauError('NOT_FOUND', 'no').toWire()).toStrictEqual({ code: 'NOT_FOUND', message: 'no' });
  });

  it.each([-1, Number.NaN, '5', null])('takes a pause of %p for none', (retryAfterMs) => {
    const wire = { code: 'BUSY', message: 'full', retryAfterMs } as WireError;
    expect(SrvauError.fromWire(wire).retryAfterMs).toBeUndefined();
  });
});
