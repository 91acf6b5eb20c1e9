import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { DATASET_FILES, type ReflectReject, REFLECT_CARD_FORMAT, type ReflectCard } from '@srvau/contracts';
import { errnoOf, fileUri, fromFileError, makeDirectories, parseArtifactUri, writeFileAtomic } from '@srvau/storage';
import { inspectReflectDataset, readReflectRecords, readReflectRejects } from '../disk/read';
import { chooseSamples } from './choose-samples';
import { FrameReader } from './frames';
import { reportPage } from './report-page';
import type { ReportSample } from './sample-section';

export interface ReportOptions {
  /** Records to show. Default 40. */
  samples?: number;
  /** Directory of the parent dataset; by default where the records were made from, as far as it is still the same. */
  dataset?: string;
  /** Frames of each sample. Default 6. */
  frames?: number;
  /** Bytes of all frames together. Default 12 MiB. */
  maxFrameBytes?: number;
}

export interface ReportSummary {
  samples: number;
  frames: number;
  bytes: number;
  /** Directory whose frames are shown; null where there is none. */
  dataset: string | null;
}

const REJECTS_SHOWN = 20;

/**
 * Writes the page of a dataset as one file.
 *
 * @throws as `readReflectRecords`; UNAVAILABLE: the disk is full.
 */
export async function writeReport(dir: string, out: string, options: ReportOptions = {}): Promise<ReportSummary> {
  const { samples: count = 40, frames = 6, maxFrameBytes = 12 * 2 ** 20 } = options;
  const card = await inspectReflectDataset(dir);
  const dataset = options.dataset ?? (await parentOf(card));
  const chosen = await chooseSamples(readReflectRecords(dir), count);
  const reader = new FrameReader(
    dataset ?? '',
    card.inputs.dataset?.fps ?? 1,
    dataset === null ? 0 : frames,
    maxFrameBytes,
  );
  const samples: ReportSample[] = [];
  for (const record of chosen) samples.push({ record, frames: await reader.read(record) });
  const rejects: ReflectReject[] = [];
  for await (const reject of readReflectRejects(dir)) {
    rejects.push(reject);
    if (rejects.length >= REJECTS_SHOWN) break;
  }
  const page = reportPage({ title: `${basename(dir)} · ${REFLECT_CARD_FORMAT}`, card, samples, rejects });
  try {
    await makeDirectories(dirname(out));
    await writeFileAtomic(out, page);
  } catch (error) {
    throw fromFileError(error, fileUri(out));
  }
  return {
    samples: samples.length,
    frames: samples.reduce((sum, sample) => sum + sample.frames.length, 0),
    bytes: Buffer.byteLength(page),
    dataset,
  };
}

/** The parent dataset on this machine; null where it is not, or its rows are others by now. */
export async function parentOf({ inputs }: ReflectCard): Promise<string | null> {
  if (inputs.dataset === null || !inputs.dataset.uri.startsWith('file:')) return null;
  const parsed = parseArtifactUri(inputs.dataset.uri);
  if (parsed.scheme !== 'file') return null;
  try {
    const manifest = await readFile(join(parsed.path, DATASET_FILES.manifestJsonl));
    return createHash('sha256').update(manifest).digest('hex') === inputs.dataset.sha256 ? parsed.path : null;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}
