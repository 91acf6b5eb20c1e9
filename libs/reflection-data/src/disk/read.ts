import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  describe,
  parseJson,
  REFLECT_FILES,
  type ReflectCard,
  type ReflectRecord,
  type ReflectReject,
  SrvauError,
} from '@srvau/contracts';
import { errnoOf, readJsonl, scanParquet } from '@srvau/storage';
import { checkRecord } from '../record/check-record';
import { checkReject } from '../record/check-reject';
import { checkCard } from './check-card';
import { fromTableRow, RECORDS_TABLE } from './records-table';

/**
 * The `format` of a directory's `dataset.json`, to tell one kind of dataset from another; undefined where there is none, or
 * it is no JSON object with a text of that name.
 */
export async function datasetFormatOf(dir: string): Promise<string | undefined> {
  try {
    const card = JSON.parse(await readFile(join(dir, REFLECT_FILES.card), 'utf8')) as { format?: unknown } | null;
    return typeof card?.format === 'string' ? card.format : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Reads what D_reflect says about itself.
 * @throws SrvauError NOT_FOUND when there is no finished dataset, UNPROCESSABLE when `dataset.json` is damaged, is
 *   something else, or has another schema version.
 */
export async function inspectReflectDataset(dir: string): Promise<ReflectCard> {
  const path = join(dir, REFLECT_FILES.card);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const expected = `a directory with ${REFLECT_FILES.card}`;
    throw SrvauError.mismatch('NOT_FOUND', dir, expected, 'none, or one that is not finished', { cause });
  }
  return checkCard(parseJson(text, path, 'UNPROCESSABLE'), path);
}

/**
 * Records in the order of their ids, one at a time.
 * @throws as `inspectReflectDataset`; NOT_FOUND when `records.jsonl` is missing; UNPROCESSABLE, naming the line, for one
 *   that is damaged, out of order, or whose transcript does not parse, and at the end where lines are missing.
 */
export async function* readReflectRecords(dir: string): AsyncGenerator<ReflectRecord> {
  const { statistics } = await inspectReflectDataset(dir);
  let records = 0;
  for await (const record of readRecordsFile(dir)) {
    records += 1;
    yield record;
  }
  const expected = statistics.all.records;
  if (records !== expected) throw fault(join(dir, REFLECT_FILES.recordsJsonl), `${expected} records`, `${records}`);
}

/** Records of a directory that need not be finished. @throws as `readReflectRecords` but for the card. */
export function readRecordsFile(dir: string): AsyncGenerator<ReflectRecord> {
  return readLines(join(dir, REFLECT_FILES.recordsJsonl), checkRecord);
}

/** The same records from `records.parquet`, one row group in memory. @throws as `readReflectRecords`, naming the row. */
export async function* scanReflectRecords(dir: string): AsyncGenerator<ReflectRecord> {
  await inspectReflectDataset(dir);
  const path = join(dir, REFLECT_FILES.recordsParquet);
  let row = 0;
  try {
    for await (const cells of scanParquet(path, { schema: RECORDS_TABLE })) {
      row += 1;
      yield checkRecord(fromTableRow(cells), `${REFLECT_FILES.recordsParquet}, row ${row}`);
    }
  } catch (error) {
    throw missing(error, path);
  }
}

/** What made no record, and why. @throws as `readReflectRecords` */
export async function* readReflectRejects(dir: string): AsyncGenerator<ReflectReject> {
  await inspectReflectDataset(dir);
  yield* readLines(join(dir, REFLECT_FILES.rejects), checkReject);
}

async function* readLines<T extends { id: string }>(
  path: string,
  check: (value: unknown, where: string) => T,
): AsyncGenerator<T> {
  let last = '';
  let first = true;
  const parse = (value: unknown, where: string): T => {
    const line = check(value, where);
    if (!first && !(last < line.id))
      throw fault(`${where}: id`, `one after ${JSON.stringify(last)}`, describe(line.id));
    first = false;
    last = line.id;
    return line;
  };
  try {
    yield* readJsonl<T>(path, { parse });
  } catch (error) {
    throw missing(error, path);
  }
}

const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';

function missing(error: unknown, path: string): unknown {
  if (!isMissing(error)) return error;
  return SrvauError.mismatch('NOT_FOUND', path, 'a file of the dataset', 'nothing there', { cause: error });
}

const fault = (where: string, expected: string, received: string): SrvauError =>
  SrvauError.mismatch('UNPROCESSABLE', where, expected, received);
