import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ReflectCard, type ReflectRecord, type ReflectSplit, SrvauError } from '@srvau/contracts';
import {
  errnoOf,
  fileUri,
  fromFileError,
  makeDirectories,
  parseArtifactUri,
  writeDirectoryAtomic,
  writeJsonAtomic,
} from '@srvau/storage';
import { dirname } from 'node:path';
import { inspectReflectDataset, readReflectRecords } from '../disk/read';
import { grpoRow, promptOf, type RowOptions, sftRow } from './export-rows';
import { EXPORT_CARD, EXPORT_CARD_FORMAT, type ExportFormat, type ExportKind } from './formats';
import { LineFiles } from './line-files';

export interface ExportOptions {
  format: ExportFormat;
  /** Folder of the videos, put before their names where a record has no URI. */
  videos?: string;
  /** `trl` alone, whose trainers take no video: paths of pictures of a record in its place, in order; empty where there are none. */
  framesOf?: (record: ReflectRecord) => Promise<readonly string[]>;
  /** Leave out the column by which `importDataset` makes the same records again. */
  withoutParts?: boolean;
  signal?: AbortSignal;
  /** Told after each record how many are done. */
  onRecord?: (done: number) => void;
}

/** `srvau-export.json`: what the directory was made of. */
export interface ExportCard {
  format: typeof EXPORT_CARD_FORMAT;
  schemaVersion: 1;
  for: ExportFormat;
  /** Lines by file. */
  files: Record<string, number>;
  /** Prompt id → SHA-256 in hex of its wording. */
  prompts: Record<string, string>;
  /** Of the dataset that was exported. */
  inputs: ReflectCard['inputs'];
}

/**
 * Writes D_reflect in the form that a trainer takes, into a directory that is new or empty and stands there whole or not at
 * all: `sft/<split>.jsonl` and, but for `llama-factory`, `grpo/<split>.jsonl`; for that one `<split>.jsonl` and
 * `dataset_info.json`. A split without records has no file, as loaders refuse empty ones. Memory: names of questions.
 *
 * @throws SrvauError CONFLICT: something is there. As `readReflectRecords`. UNAVAILABLE: the disk is full.
 */
export async function exportDataset(dir: string, out: string, options: ExportOptions): Promise<ExportCard> {
  const { format, signal, onRecord } = options;
  const { inputs } = await inspectReflectDataset(dir);
  try {
    await requireRoom(out);
    await makeDirectories(dirname(out));
    return await writeDirectoryAtomic(out, async (temporary) => {
      for (const kind of kindsOf(format)) if (folderOf(format, kind) !== '') await mkdir(join(temporary, kind));
      await using files = new LineFiles(temporary);
      const prompts = new Map<string, string>();
      let done = 0;
      for await (const row of exportRows(readReflectRecords(dir), options, prompts)) {
        signal?.throwIfAborted();
        await files.add(row.file, row.value);
        if (row.isRecord) onRecord?.((done += 1));
      }
      const card: ExportCard = {
        format: EXPORT_CARD_FORMAT,
        schemaVersion: 1,
        for: format,
        files: await files.finish(),
        prompts: Object.fromEntries([...prompts].sort()),
        inputs,
      };
      if (format === 'llama-factory') {
        await writeJsonAtomic(join(temporary, 'dataset_info.json'), datasetInfo(Object.keys(card.files)));
      }
      await writeJsonAtomic(join(temporary, EXPORT_CARD), card);
      return card;
    });
  } catch (error) {
    throw fromFileError(error, fileUri(out));
  }
}

interface ExportedRow {
  file: string;
  value: Readonly<Record<string, unknown>>;
  /** False for a question that was written beside its record. */
  isRecord: boolean;
}

async function* exportRows(
  records: AsyncIterable<ReflectRecord>,
  { format, videos, framesOf, withoutParts = false }: ExportOptions,
  prompts: Map<string, string>,
): AsyncGenerator<ExportedRow> {
  const asked = new Set<string>();
  for await (const record of records) {
    const frames = (await framesOf?.(record)) ?? [];
    const rowOptions: RowOptions = { video: videoOf(record, videos), frames, parts: !withoutParts };
    const sft = promptOf(record, 'reflection-sft');
    prompts.set(sft.id, sft.hash);
    yield { file: fileOf(format, 'sft', record.split), value: sftRow(record, format, rowOptions), isRecord: true };
    // Several samples of one question are one question.
    const question = `${record.rowId}\0${record.task}`;
    if (format === 'llama-factory' || asked.has(question)) continue;
    asked.add(question);
    const rft = promptOf(record, 'reflection-rft');
    prompts.set(rft.id, rft.hash);
    yield { file: fileOf(format, 'grpo', record.split), value: grpoRow(record, format, rowOptions), isRecord: false };
  }
}

const kindsOf = (format: ExportFormat): readonly ExportKind[] =>
  format === 'llama-factory' ? ['sft'] : ['sft', 'grpo'];

/** LLaMA-Factory looks for its files beside `dataset_info.json`. */
const folderOf = (format: ExportFormat, kind: ExportKind): string => (format === 'llama-factory' ? '' : kind);

const fileOf = (format: ExportFormat, kind: ExportKind, split: ReflectSplit): string =>
  join(folderOf(format, kind), `${split}.jsonl`);

/** A trainer opens paths; a URI of another kind is left for it to fetch. */
function videoOf({ videoUri, video }: ReflectRecord, folder: string | undefined): string {
  if (videoUri === null) return folder === undefined ? video : join(folder, video);
  if (!videoUri.startsWith('file:')) return videoUri;
  const parsed = parseArtifactUri(videoUri);
  return parsed.scheme === 'file' ? parsed.path : videoUri;
}

/** What LLaMA-Factory's `--dataset srvau_reflect_train` stands for. */
function datasetInfo(files: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    files.map((file) => [
      `srvau_reflect_${file.replace('.jsonl', '')}`,
      {
        file_name: file,
        formatting: 'sharegpt',
        columns: { messages: 'messages', videos: 'videos' },
        tags: {
          ...{ role_tag: 'role', content_tag: 'content' },
          ...{ user_tag: 'user', assistant_tag: 'assistant', system_tag: 'system' },
        },
      },
    ]),
  );
}

/** @throws SrvauError CONFLICT where something is there. */
export async function requireRoom(out: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(out);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    if (errnoOf(error) === 'ENOTDIR') throw SrvauError.mismatch('CONFLICT', out, 'a new or empty directory', 'a file');
    throw error;
  }
  if (names.length === 0) return;
  const shown = names.sort().slice(0, 3).join(', ');
  throw SrvauError.mismatch('CONFLICT', out, 'a new or empty directory', `one with ${shown}`);
}
