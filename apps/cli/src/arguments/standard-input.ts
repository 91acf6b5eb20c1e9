import { addAbortSignal } from 'node:stream';

/**
 * What comes in on standard input.
 * @throws the signal's reason as soon as it aborts: a terminal on which nobody types must not hold up Ctrl-C
 */
export async function* standardInput(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(signal, process.stdin) as AsyncIterable<Buffer>;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
