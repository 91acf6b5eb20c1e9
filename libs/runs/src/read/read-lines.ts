import { errnoOf, readJsonl } from '@srvau/storage';
import type { FaultCount } from './faults';

/**
 * The lines of one of a run's logs. A damaged line is counted in `faults` and left out; a last line without its end is
 * one that is being written, or that a kill cut off, and is left out without a word. No file is no lines.
 *
 * @param parse throws SrvauError for a line that is not of its form
 */
export async function* readLines<T>(
  path: string,
  parse: (value: unknown, where: string) => T,
  faults: FaultCount,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  try {
    yield* readJsonl<T>(path, {
      parse,
      onFault: ({ error, torn }) => {
        if (!torn) faults.add(error.message);
      },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
