import {
  type PredictionRow,
  parseLenientJson,
  readPrediction,
  readReference,
  type ReferenceRow,
  SrvauError,
} from '@srvau/contracts';
import { type ArtifactStore, readJsonl } from '@srvau/storage';

export interface UriSource {
  store: ArtifactStore;
  /** Field of the request that names the URI, for messages. */
  field: string;
  uri: string;
  signal: AbortSignal;
}

/** Gets one row after the other; false ends the reading. */
export type Visit<T> = (row: T) => boolean;

/**
 * Predictions of a JSONL file, one at a time.
 * @throws SrvauError: as the store where the file cannot be read, UNPROCESSABLE naming the line where it is no prediction
 */
export function eachPrediction(source: UriSource, visit: Visit<PredictionRow>): Promise<void> {
  return eachRow(source, (value, where) => readPrediction(value, where, 'UNPROCESSABLE'), visit);
}

/** References of a JSONL file, one at a time. @throws SrvauError, as `eachPrediction` */
export function eachReference(source: UriSource, visit: Visit<ReferenceRow>): Promise<void> {
  return eachRow(source, (value, where) => readReference(value, where, 'UNPROCESSABLE'), visit);
}

/** A visitor rather than one more generator: each of these costs as much a row as its JSON does. */
async function eachRow<T>(
  { store, field, uri, signal }: UriSource,
  parse: (value: unknown, where: string) => T,
  visit: Visit<T>,
): Promise<void> {
  try {
    const bytes = (await store.read(uri, { signal })) as AsyncIterable<Uint8Array>;
    for await (const row of readJsonl(bytes, { parse, parseText: parseLenientJson, name: uri, signal })) {
      if (!visit(row)) return;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw ofField(error, field, uri);
  }
}

/** The store names a URI; callers look for a field of their request. */
function ofField(error: unknown, field: string, uri: string): SrvauError {
  if (!(error instanceof SrvauError)) {
    const expected = 'its bytes to the end';
    return SrvauError.mismatch('UNAVAILABLE', `${field}: ${uri}`, expected, 'a read that broke off', {
      ...{ field, cause: error },
    });
  }
  const details = error.details.map((detail) => ({ ...detail, field: detail.field === 'uri' ? field : detail.field }));
  return new SrvauError(error.code, `${field}: ${error.message}`, { details, cause: error });
}
