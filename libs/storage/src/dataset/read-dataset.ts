import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  DATASET_CARD_FORMAT,
  DATASET_FILES,
  DATASET_SCHEMA_VERSION,
  type DatasetCard,
  type DatasetExclusion,
  type DatasetRow,
  describe,
  SrvauError,
} from '@srvau/contracts';
import { errnoOf } from '../errno';
import { readJsonl } from '../tables/jsonl';
import { checkDatasetRow } from './dataset-row-check';

export interface Dataset {
  card: DatasetCard;
  rows: DatasetRow[];
}

/**
 * Reads what a dataset directory says about itself.
 * @throws SrvauError NOT_FOUND when there is no finished dataset, UNPROCESSABLE when `dataset.json` is damaged, is
 *   something else, or was written for a newer reader.
 */
export async function inspectDataset(dir: string): Promise<DatasetCard> {
  const path = join(dir, DATASET_FILES.card);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw cause;
    throw fault(
      'NOT_FOUND',
      dir,
      `a dataset directory with ${DATASET_FILES.card}`,
      'none, or one that is not finished',
    );
  }
  return checkCard(parseJson(text, path), path);
}

/** Rows of the manifest, one at a time. @throws as `inspectDataset`, and UNPROCESSABLE for a damaged row. */
export async function* readDatasetRows(dir: string): AsyncGenerator<DatasetRow> {
  await inspectDataset(dir);
  yield* readManifest(join(dir, DATASET_FILES.manifestJsonl));
}

/** Rows of a manifest that need not be part of a finished dataset yet. */
export function readManifest(path: string): AsyncGenerator<DatasetRow> {
  return readJsonl<DatasetRow>(path, { parse: checkDatasetRow });
}

/** What was left out, and why, in the order of the annotation file. */
export async function* readDatasetExclusions(dir: string): AsyncGenerator<DatasetExclusion> {
  await inspectDataset(dir);
  yield* readJsonl<DatasetExclusion>(join(dir, DATASET_FILES.exclusions));
}

/** Card and all rows at once; see `readDatasetRows` for datasets that do not fit in memory. */
export async function readDataset(dir: string): Promise<Dataset> {
  const card = await inspectDataset(dir);
  const rows: DatasetRow[] = [];
  for await (const row of readManifest(join(dir, DATASET_FILES.manifestJsonl))) rows.push(row);
  if (rows.length !== card.summary.rows) {
    throw fault('UNPROCESSABLE', join(dir, DATASET_FILES.manifestJsonl), `${card.summary.rows} rows`, `${rows.length}`);
  }
  return { card, rows };
}

/** SHA-256 of the manifest's bytes, in hex: what tells two datasets apart, wherever they lie. */
export async function digestManifest(dir: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(dir, DATASET_FILES.manifestJsonl)), hash);
  return hash.digest('hex');
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fault('UNPROCESSABLE', path, 'JSON', describe(text), cause);
  }
}

function checkCard(value: unknown, path: string): DatasetCard {
  const card = value as Partial<DatasetCard> | null;
  if (card === null || typeof card !== 'object' || card.format !== DATASET_CARD_FORMAT) {
    throw fault('UNPROCESSABLE', path, `"format": "${DATASET_CARD_FORMAT}"`, describe(card?.format ?? value));
  }
  if (card.schemaVersion !== DATASET_SCHEMA_VERSION) {
    throw fault('UNPROCESSABLE', path, `schemaVersion ${DATASET_SCHEMA_VERSION}`, describe(card.schemaVersion));
  }
  for (const part of ['inputs', 'summary', 'statistics', 'warnings'] as const) {
    if (typeof card[part] !== 'object') throw fault('UNPROCESSABLE', path, `an object "${part}"`, describe(card[part]));
  }
  return card as DatasetCard;
}

function fault(
  code: 'NOT_FOUND' | 'UNPROCESSABLE',
  where: string,
  expected: string,
  received: string,
  cause?: unknown,
): SrvauError {
  return SrvauError.mismatch(code, where, expected, received, { cause });
}
