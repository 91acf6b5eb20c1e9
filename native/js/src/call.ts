import { setMaxListeners } from 'node:events';
import { addon, type NativeAddon, type NativeHandle } from './addon';
import { callSite, fromNative, type CallSite } from './errors';
import { type CallOptions } from './types';
import { expected } from './values';

/** Starts a task of the addon. `start` runs at once and unpacks the arguments. */
type Start<T> = (native: NativeAddon, cancellation: NativeHandle) => Promise<T>;

/**
 * Runs one task: the signal cancels it, and a failure carries the stack of whoever called `method`.
 *
 * @param method the public function that the frames of the stack end below
 */
export async function runTask<T>(
  method: (...args: never[]) => unknown,
  options: CallOptions | undefined,
  start: Start<T>,
): Promise<T> {
  return settle(callSite(method), options?.signal, start);
}

async function settle<T>(site: CallSite, signal: AbortSignal | undefined, start: Start<T>): Promise<T> {
  // Not instanceof: a vm context, such as that of a test, has a class of its own.
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.throwIfAborted !== 'function') {
    throw expected('an AbortSignal', 'signal', signal);
  }
  signal?.throwIfAborted();
  const native = addon();
  let stop: (() => void) | undefined;
  try {
    const cancellation = native.createCancellation();
    const task = start(native, cancellation);
    stop = () => native.cancel(cancellation);
    if (signal) {
      // One signal for hundreds of calls that wait is no leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', stop, { once: true });
    }
    return await task;
  } catch (thrown) {
    const error = fromNative(thrown, site);
    if (signal?.aborted && isCancelled(error)) throw signal.reason;
    throw error;
  } finally {
    if (stop) signal?.removeEventListener('abort', stop);
  }
}

/** A call that computes nothing and answers at once. */
export function callNow<T>(method: (...args: never[]) => unknown, call: (native: NativeAddon) => T): T {
  const site = callSite(method);
  const native = addon();
  try {
    return call(native);
  } catch (thrown) {
    throw fromNative(thrown, site);
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CANCELLED';
}
