import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_CARD_FORMAT, DATASET_FILES, DATASET_SCHEMA_VERSION, type DatasetRow } from '@srvau/contracts';
import { fileUri } from '@srvau/storage';

/** A row of a dataset: a fall, or nothing, on some of many videos. */
export function makeRow(index: number, change: Partial<DatasetRow> = {}): DatasetRow {
  const normal = index % 3 === 0;
  const video = `clip_${String(index % 7).padStart(2, '0')}.mp4`;
  return {
    id: `${video}#${index}`,
    row: index + 1,
    source: 'unknown',
    split: 'unknown',
    video,
    videoKey: `key${index % 7}`,
    videoSha256: null,
    durationSec: 20,
    width: 64,
    height: 48,
    frames: 20,
    question: 'What does the man with the ladder do?',
    options: ['Climbs up to the sign', 'Slips and falls to the ground', 'Carries it away', 'Waits for somebody'],
    correctOption: normal ? 'C' : 'B',
    keyObject: 'man, ladder, sign',
    description: normal
      ? 'A man folds a ladder and carries it to a blue van.'
      : 'A man on a ladder reaches too far, loses hold and drops on the pavement.',
    reasoning: null,
    reasoningRepr: null,
    anomalyClass: normal ? 'Normal' : 'People_falling',
    normal,
    spanSec: normal ? null : [4, 9.5],
    events: null,
    qaEligible: true,
    groundingEligible: true,
    ...change,
  };
}

/** Writes what an ingest would have: the manifest and the card, and a file for each video (scripted models open none). */
export async function writeSmallDataset(dir: string, rows: readonly DatasetRow[]): Promise<void> {
  const videos = join(dir, 'videos');
  await mkdir(videos, { recursive: true });
  for (const name of new Set(rows.map(({ video }) => video))) await writeFile(join(videos, name), name);
  await writeFile(join(dir, DATASET_FILES.manifestJsonl), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const card = {
    format: DATASET_CARD_FORMAT,
    schemaVersion: DATASET_SCHEMA_VERSION,
    inputs: { videos: { uri: fileUri(videos) }, settings: { fps: 1 } },
    summary: { rows: rows.length },
    statistics: {},
    warnings: [],
  };
  await writeFile(join(dir, DATASET_FILES.card), JSON.stringify(card));
}
