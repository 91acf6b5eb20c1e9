import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  isObject,
  parseJson,
  type ReflectCard,
  type ReflectInputs,
  type ReflectRecord,
  type ReflectSplit,
  type SplitRule,
} from '@srvau/contracts';
import { fileUri, fromFileError, makeDirectories, readJsonl, writeDirectoryAtomic } from '@srvau/storage';
import { inspectReflectDataset } from '../disk/read';
import { writeFiles } from '../disk/write';
import { requireRoom } from '../export/export-dataset';
import { EXPORT_FORMATS, type ExportFormat, PARTS_COLUMN } from '../export/formats';
import { unpackParts } from '../export/pack-parts';
import { withoutPlaces } from '../export/placeholders';
import { checkRecord } from '../record/check-record';
import { DEFAULT_SPLIT_RULE, splitOfName } from '../splits/plan-splits';
import { readConversation } from './conversation';
import { foreignRecord } from './foreign-record';
import { findImportFiles, type ImportFile, readExportCard } from './import-files';
import { SortedLines } from './sorted-lines';

/** What a trainer takes, and `srvau`: records as D_reflect holds them. */
export const IMPORT_FORMATS = [...EXPORT_FORMATS, 'srvau'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportOptions {
  format: ImportFormat;
  /** Package that writes, `name@version`. */
  writtenBy: string;
  /** Deals the videos out anew by the hash of their names; by default rows keep the split that they or their file's name say. */
  splits?: Pick<SplitRule, 'shares' | 'salt'>;
  signal?: AbortSignal;
  /** Told after each line how many were read. */
  onLine?: (done: number) => void;
}

const WAITING = 'import.tmp';

/**
 * Makes D_reflect of JSONL files: of our own exports the same records as before, edited transcripts as edited; of
 * conversations from elsewhere records whose truth is what they end in. Lines may be in any order.
 *
 * @param path a file, or a directory of them.
 * @param out a new or empty directory, which becomes the dataset or stays as it was.
 * @throws SrvauError UNPROCESSABLE naming file and line of the first one that makes no record, or both of an id that is
 *   there twice. NOT_FOUND, CONFLICT, UNAVAILABLE: nothing to read; something is in `out`; the disk is full.
 */
export async function importDataset(path: string, out: string, options: ImportOptions): Promise<ReflectCard> {
  const files = await findImportFiles(path, options.format);
  const former = await formerInputs(path, options.format);
  const { writtenBy, signal, splits } = options;
  try {
    await requireRoom(out);
    await makeDirectories(dirname(out));
    return await writeDirectoryAtomic(out, async (temporary) => {
      await using lines = await SortedLines.open(join(temporary, WAITING));
      const imported: ReflectInputs['imported'][number][] = [];
      let done = 0;
      for (const file of files) {
        const bytes = new Digest(file.path);
        for await (const { record, where } of recordsOf(file, bytes.read(), options)) {
          await lines.add(record.id, record, where);
          options.onLine?.((done += 1));
        }
        imported.push({ name: file.name, format: options.format, ...bytes.finish() });
      }
      const inputs: ReflectInputs = {
        ...(former ?? { dataset: null, initial: null, teacher: null, settings: {}, splits: null }),
        ...(splits === undefined ? {} : { splits: { by: 'hash', ...splits } }),
        imported,
      };
      const records = lines.values() as AsyncGenerator<ReflectRecord>;
      const content = { writtenBy, inputs, stoppedBy: null, records, rejects: [] };
      return await writeFiles(temporary, content, signal === undefined ? {} : { signal });
    });
  } catch (error) {
    throw fromFileError(error, fileUri(out));
  }
}

interface Imported {
  record: ReflectRecord;
  where: string;
}

function recordsOf(
  file: ImportFile,
  bytes: AsyncIterable<Uint8Array>,
  { format, splits, signal }: ImportOptions,
): AsyncGenerator<Imported> {
  const splitOf = (video: string): ReflectSplit =>
    splits === undefined ? (file.split ?? splitOfName(video, DEFAULT_SPLIT_RULE)) : splitOfName(video, splits);
  const parse = (value: unknown, where: string, line: number): Imported => {
    signal?.throwIfAborted();
    const name = `${file.name}:${line}`;
    const record = format === 'srvau' ? checkRecord(value, where) : trainerRecord(value, format, name, splitOf, where);
    return { record: splits === undefined ? record : { ...record, split: splitOf(record.video) }, where };
  };
  return readJsonl<Imported>(bytes, { name: file.name, parse });
}

function trainerRecord(
  row: unknown,
  format: ExportFormat,
  name: string,
  splitOf: (video: string) => ReflectSplit,
  where: string,
): ReflectRecord {
  const said = readConversation(row, format, where);
  const packed = isObject(row) ? row[PARTS_COLUMN] : undefined;
  if (typeof packed !== 'string') return foreignRecord(row, said, { name, splitOf }, where);
  const place = `${where}: ${PARTS_COLUMN}`;
  const exported = format === 'trl' ? (text: string) => text : withoutPlaces;
  return unpackParts(parseJson(packed, place, 'UNPROCESSABLE'), said.answer, exported, place);
}

/** What the dataset was made of before it was exported. */
async function formerInputs(path: string, format: ImportFormat): Promise<Omit<ReflectInputs, 'imported'> | undefined> {
  if (format !== 'srvau') return (await readExportCard(path))?.inputs;
  // One file of records says nothing of its dataset.
  return path.endsWith('.jsonl') ? undefined : (await inspectReflectDataset(path)).inputs;
}

/** A file's bytes, counted and digested on their way. */
class Digest {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  constructor(private readonly path: string) {}

  async *read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(this.path) as AsyncIterable<Uint8Array>) {
      this.hash.update(chunk);
      this.bytes += chunk.byteLength;
      yield chunk;
    }
  }

  finish(): { sha256: string; bytes: number } {
    return { sha256: this.hash.digest('hex'), bytes: this.bytes };
  }
}
