import { execFile } from 'node:child_process';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DATASET_CARD_FORMAT, DATASET_FILES, DATASET_SCHEMA_VERSION, type DatasetRow } from '@srvau/contracts';
import { fileUri, writeJsonlAtomic } from '@srvau/storage';

const VIDEOS = 500;
function rowOf(index: number): DatasetRow {
  const video = `clip_${index % VIDEOS}.mp4`;
  return {
    ...{ id: `${video}#${index}`, row: index + 1, source: 'unknown', split: 'unknown', video, videoKey: video },
    ...{ videoSha256: null, durationSec: 20, width: 64, height: 48, frames: 20 },
    question: `What does the man with the ladder do in scene ${index}?`,
    options: ['Climbs up to the sign', 'Slips and falls to the ground', 'Carries it away', 'Waits for somebody'],
    correctOption: 'B',
    keyObject: 'man, ladder, sign',
    description: 'A man on a ladder reaches too far, loses hold and drops on the pavement.',
    ...{ reasoning: null, reasoningRepr: null, anomalyClass: 'People_falling', normal: false, spanSec: [4, 9.5] },
    ...{ events: null, qaEligible: true, groundingEligible: true },
  };
}

/** A dataset as an ingest would leave it, of so many rows; all of its videos are one small clip. */
export async function writeDataset(dir: string, rows: number): Promise<void> {
  const videos = join(dir, 'videos');
  await mkdir(videos, { recursive: true });
  const clip = join(videos, 'clip_0.mp4');
  const source = 'testsrc=size=64x48:rate=2:duration=2';
  const ffmpeg = process.env['SRVAU_FFMPEG'] ?? 'ffmpeg';
  await promisify(execFile)(ffmpeg, ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:v', 'libx264', '-y', clip]);
  for (let i = 1; i < Math.min(VIDEOS, rows); i += 1) await link(clip, join(videos, `clip_${i}.mp4`));
  const all = function* (): Generator<DatasetRow> {
    for (let i = 0; i < rows; i += 1) yield rowOf(i);
  };
  await writeJsonlAtomic(join(dir, DATASET_FILES.manifestJsonl), all());
  const card = {
    ...{ format: DATASET_CARD_FORMAT, schemaVersion: DATASET_SCHEMA_VERSION, statistics: {}, warnings: [] },
    ...{ inputs: { videos: { uri: fileUri(videos) }, settings: { fps: 1 } }, summary: { rows } },
  };
  await writeFile(join(dir, DATASET_FILES.card), JSON.stringify(card));
}
