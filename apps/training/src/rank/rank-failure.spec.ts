import { SrvauError } from '@srvau/contracts';
import { NativeError } from '@srvau/native';
import { AttemptStopped } from './parent-link';
import { rankFailure } from './rank-failure';

const going = new AbortController().signal;
const ofGroup = new NativeError('PROCESS_GROUP', 'rank 1 has ended');

describe('rankFailure', () => {
  it('keeps what callers are told, and hides what they are not', () => {
    const told = new SrvauError('UNPROCESSABLE', 'no tags', {
      details: [{ field: 'data', expected: 'a', received: 'b' }],
    });
    expect(rankFailure(told, going)).toEqual({ type: 'failed', error: told.toWire(), byOthers: false });
    expect(rankFailure(new Error('secret'), going).error).toMatchObject({ code: 'INTERNAL' });
    expect(rankFailure(new NativeError('CHECKPOINT', 'torn'), going).error).toEqual({
      code: 'UNPROCESSABLE',
      message: 'torn',
    });
  });

  it('knows failures that come of others', () => {
    expect(rankFailure(ofGroup, going)).toMatchObject({ byOthers: true, error: { code: 'UNAVAILABLE' } });
    expect(rankFailure(new SrvauError('UNAVAILABLE', 'sum', { cause: ofGroup }), going).byOthers).toBe(true);
    const stopped = (why: 'rank-failed' | 'cancelled'): AbortSignal => AbortSignal.abort(new AttemptStopped(why));
    expect(rankFailure(new Error('aborted'), stopped('rank-failed')).byOthers).toBe(true);
    expect(rankFailure(new Error('aborted'), stopped('cancelled')).byOthers).toBe(false);
    expect(new AttemptStopped('rank-failed', 'rank 1: no tags').message).toBe('a rank failed: rank 1: no tags');
  });
});
