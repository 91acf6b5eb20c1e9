import { SrvauError } from '@srvau/contracts';
import { fromNativeFailure } from '@srvau/models';
import { NativeError } from '@srvau/native';
import type { RankFailed } from '../launch/protocol';
import { AttemptStopped } from './parent-link';

/** What a rank tells of the error that ended it. */
export function rankFailure(thrown: unknown, signal: AbortSignal): RankFailed {
  const error = SrvauError.from(fromNativeFailure(thrown)).toWire();
  const stopped = signal.aborted && signal.reason instanceof AttemptStopped && signal.reason.why === 'rank-failed';
  return { type: 'failed', error, byOthers: stopped || isOfGroup(thrown) };
}

/** A rank that has ended shows in the exchanges of the others. */
function isOfGroup(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof NativeError && error.code === 'PROCESS_GROUP') return true;
  }
  return false;
}
