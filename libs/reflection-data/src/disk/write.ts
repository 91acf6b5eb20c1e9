import { join } from 'node:path';
import {
  describe,
  REFLECT_CARD_FORMAT,
  REFLECT_FILES,
  REFLECT_SCHEMA_VERSION,
  type ReflectCard,
  type ReflectRecord,
  type ReflectReject,
  type ReflectSplit,
  SrvauError,
} from '@srvau/contracts';
import { fileUri, fromFileError, writeJsonAtomic, writeJsonlAtomic, writeParquet } from '@srvau/storage';
import { checkRecord } from '../record/check-record';
import { checkReject } from '../record/check-reject';
import { StatisticsBuilder } from '../statistics/statistics';
import { datasetFormatOf, readRecordsFile } from './read';
import { RECORDS_TABLE, toTableRow } from './records-table';

type Stream<T> = Iterable<T> | AsyncIterable<T>;

/** What is to be written. Records and rejects come in the order of their ids, each id once; see `compareReflectIds`. */
export interface ReflectContent extends Pick<ReflectCard, 'writtenBy' | 'inputs' | 'stoppedBy'> {
  records: Stream<ReflectRecord>;
  rejects: Stream<ReflectReject>;
}

export interface WriteReflectOptions {
  signal?: AbortSignal;
  /** Told after each record how many there are. */
  onRecord?: (done: number) => void;
}

/** Some megabytes of records. */
const ROW_GROUP_ROWS = 1000;

/**
 * Writes D_reflect into an existing directory: `records.jsonl`, `rejects.jsonl` and `records.parquet`, each whole or not at
 * all, and last `dataset.json`, which makes a dataset of it. What else is in the directory stays. Interrupted anywhere, the
 * same call begins anew. Memory: one row group, names of videos, distinct words.
 *
 * @throws SrvauError CONFLICT: there is a dataset already. UNPROCESSABLE: a record or reject that may not be one, is out of
 *   order or twice there; a video in two splits. UNAVAILABLE: the disk is full. The signal's reason: aborted.
 */
export async function writeReflectDataset(
  dir: string,
  content: ReflectContent,
  options: WriteReflectOptions = {},
): Promise<ReflectCard> {
  try {
    return await writeFiles(dir, content, options);
  } catch (error) {
    throw fromFileError(error, fileUri(dir));
  }
}

/** The same with system errors as they come, for a caller who knows a better name of the directory. */
export async function writeFiles(
  dir: string,
  content: ReflectContent,
  { signal, onRecord }: WriteReflectOptions,
): Promise<ReflectCard> {
  const format = await datasetFormatOf(dir);
  if (format !== undefined) {
    throw SrvauError.mismatch('CONFLICT', dir, 'a directory without a dataset', `one of format "${format}"`);
  }
  const statistics = new StatisticsBuilder();
  const splits = new SplitGuard();
  const records = ascending(content.records, (record, where) => {
    signal?.throwIfAborted();
    const checked = checkRecord(record, where);
    splits.add(checked, where);
    statistics.add(checked);
    onRecord?.(statistics.records);
    return checked;
  });
  const rejects = ascending(content.rejects, (reject, where) => {
    signal?.throwIfAborted();
    const checked = checkReject(reject, where);
    statistics.addReject(checked);
    return checked;
  });
  await writeJsonlAtomic(join(dir, REFLECT_FILES.recordsJsonl), records);
  await writeJsonlAtomic(join(dir, REFLECT_FILES.rejects), rejects);
  const rows = (async function* () {
    for await (const record of readRecordsFile(dir)) yield toTableRow(record);
  })();
  await writeParquet(join(dir, REFLECT_FILES.recordsParquet), rows, RECORDS_TABLE, {
    rowGroupRows: ROW_GROUP_ROWS,
    metadata: { 'srvau.format': REFLECT_CARD_FORMAT, 'srvau.schemaVersion': String(REFLECT_SCHEMA_VERSION) },
    ...(signal === undefined ? {} : { signal }),
  });
  const card: ReflectCard = {
    format: REFLECT_CARD_FORMAT,
    schemaVersion: REFLECT_SCHEMA_VERSION,
    writtenBy: content.writtenBy,
    inputs: content.inputs,
    stoppedBy: content.stoppedBy,
    statistics: statistics.finish(),
  };
  await writeJsonAtomic(join(dir, REFLECT_FILES.card), card);
  return card;
}

async function* ascending<T extends { id: string }>(
  values: Stream<T>,
  check: (value: T, where: string) => T,
): AsyncGenerator<T> {
  let last: string | undefined;
  for await (const value of values) {
    const where = typeof value?.id === 'string' ? value.id : '(without id)';
    const checked = check(value, where);
    if (last !== undefined && !(last < checked.id)) {
      const expected = `ids in order, one after ${JSON.stringify(last)}`;
      throw SrvauError.mismatch('UNPROCESSABLE', 'id', expected, describe(checked.id));
    }
    last = checked.id;
    yield checked;
  }
}

/** Sees that no video, by name or by key, is in two splits: what a model was trained on must not be what it is tested on. */
class SplitGuard {
  private readonly splits = new Map<string, ReflectSplit>();

  add({ video, videoKey, split }: ReflectRecord, where: string): void {
    this.claim(`name:${video}`, video, split, where);
    if (videoKey !== null) this.claim(`key:${videoKey}`, video, split, where);
  }

  private claim(identity: string, video: string, split: ReflectSplit, where: string): void {
    const known = this.splits.get(identity);
    if (known === undefined) this.splits.set(identity, split);
    else if (known !== split) {
      const expected = `${known}, where the other records of ${JSON.stringify(video)} are`;
      throw SrvauError.mismatch('UNPROCESSABLE', `${where}: split`, expected, split);
    }
  }
}
