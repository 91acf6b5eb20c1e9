import type { Readable } from 'node:stream';
import { abortError } from '../abort';

/** Destroys the stream with the caller's reason once `signal` aborts; whoever reads it then gets that error. */
export function abortable<T extends Readable>(stream: T, signal: AbortSignal | undefined): T {
  if (signal === undefined) return stream;
  const stop = (): void => void stream.destroy(abortError(signal));
  if (signal.aborted) stop();
  else {
    signal.addEventListener('abort', stop, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', stop));
  }
  return stream;
}
