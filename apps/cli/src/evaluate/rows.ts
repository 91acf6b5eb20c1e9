import {
  parseLenientJson,
  type PredictionRow,
  readPrediction,
  readReference,
  type ReferenceRow,
} from '@srvau/contracts';
import { fromFileError, readJsonl } from '@srvau/storage';

/** JSON lines of one of the two files. */
export interface RowSource {
  /** Path, or `standard input`; names the lines in messages. */
  readonly name: string;
  readonly bytes: string | AsyncIterable<Uint8Array>;
}

/** @throws SrvauError UNPROCESSABLE naming the line; why the file cannot be read */
export function predictionLines(source: RowSource, signal: AbortSignal): AsyncGenerator<PredictionRow> {
  return rows(source, signal, (value, where) => readPrediction(value, where, 'UNPROCESSABLE'));
}

/** All of them, as `predictionLines` reads. */
export async function referenceLines(source: RowSource, signal: AbortSignal): Promise<ReferenceRow[]> {
  const found: ReferenceRow[] = [];
  for await (const row of rows(source, signal, (value, where) => readReference(value, where, 'UNPROCESSABLE'))) {
    found.push(row);
  }
  return found;
}

async function* rows<T>(
  { name, bytes }: RowSource,
  signal: AbortSignal,
  parse: (value: unknown, where: string) => T,
): AsyncGenerator<T> {
  try {
    yield* readJsonl(bytes, { parse, parseText: parseLenientJson, name, signal });
  } catch (error) {
    throw fromFileError(error, name);
  }
}
