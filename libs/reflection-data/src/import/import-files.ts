import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, isObject, parseJson, REFLECT_FILES, type ReflectSplit, SrvauError } from '@srvau/contracts';
import { errnoOf } from '@srvau/storage';
import { EXPORT_CARD, EXPORT_CARD_FORMAT } from '../export/formats';
import type { ExportCard } from '../export/export-dataset';
import type { ImportFormat } from './import-dataset';

export interface ImportFile {
  path: string;
  /** As messages call it. */
  name: string;
  /** As the file's name says. */
  split: ReflectSplit | undefined;
}

const SPLIT_OF_NAME: readonly [RegExp, ReflectSplit][] = [
  [/(^|[^a-z])(train|training)([^a-z]|$)/i, 'train'],
  [/(^|[^a-z])(val|valid|validation|dev)([^a-z]|$)/i, 'val'],
  [/(^|[^a-z])(test|eval)([^a-z]|$)/i, 'test'],
];

/**
 * The files to import: one file, or those of a directory. Of an export's these are the ones to learn from by example, since
 * questions alone make no records.
 *
 * @throws SrvauError NOT_FOUND: nothing is there, or no JSONL file in it.
 */
export async function findImportFiles(path: string, format: ImportFormat): Promise<ImportFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [fileOf(path)];
    if (format === 'srvau') return [fileOf(join(path, REFLECT_FILES.recordsJsonl))];
    const inside = await readdir(path, { withFileTypes: true });
    const folder = inside.some((entry) => entry.isDirectory() && entry.name === 'sft') ? join(path, 'sft') : path;
    const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
    if (names.length > 0) return names.map((name) => fileOf(join(folder, name)));
    throw SrvauError.mismatch('NOT_FOUND', path, 'a directory with .jsonl files, or with sft/', 'none of them');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw SrvauError.mismatch('NOT_FOUND', path, 'a file or a directory', 'nothing there', { cause: error });
  }
}

/** What an export says of itself; undefined where the directory is none. @throws SrvauError UNPROCESSABLE: it is damaged. */
export async function readExportCard(path: string): Promise<ExportCard | undefined> {
  const file = join(path, EXPORT_CARD);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  const card = parseJson(text, file, 'UNPROCESSABLE');
  const known = isObject(card) && card['format'] === EXPORT_CARD_FORMAT && card['schemaVersion'] === 1;
  if (known && isObject(card['inputs'])) return card as unknown as ExportCard;
  const expected = `"format": "${EXPORT_CARD_FORMAT}" with schemaVersion 1 and inputs`;
  throw SrvauError.mismatch('UNPROCESSABLE', file, expected, describe(card));
}

function fileOf(path: string): ImportFile {
  const name = basename(path);
  return { path, name, split: SPLIT_OF_NAME.find(([pattern]) => pattern.test(name))?.[1] };
}
