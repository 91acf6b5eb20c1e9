import { type Samples, writeParquet } from '@srvau/storage';
import { SAMPLES_TABLE, type SampleRow } from './samples-table';

/** One file of a rank's samples of a step. */
export async function writeSamples(
  samples: Samples,
  step: number,
  rank: number,
  rows: readonly SampleRow[],
): Promise<void> {
  const path = await samples.pathFor(step, rank);
  await writeParquet(path, rows.map(wellFormed), SAMPLES_TABLE);
}

/** A policy may write half of a character; Parquet has no form for it. */
function wellFormed(row: SampleRow): SampleRow {
  const cells = Object.entries(row).map(([name, cell]) => [name, typeof cell === 'string' ? toWellFormed(cell) : cell]);
  return Object.fromEntries(cells) as SampleRow;
}

const toWellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
