import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ReportHead, TRANSCRIPTS_TABLE, writeReport } from '@srvau/evaluation-report';
import { sampleItems, sampleReport } from '@srvau/evaluation-report/test/sample';
import { ArtifactStore, fileUri, writeParquet } from '@srvau/storage';

/**
 * A report's directory as the evaluation service writes it, of 40 made-up items in each of four ways of asking.
 * @param skill how many of eight items are answered rightly
 */
export async function makeReport(root: string, skill: number, changes: Partial<ReportHead>): Promise<string> {
  const { report, rows } = sampleReport(changes, sampleItems(skill));
  const dir = join(root, report.name);
  await mkdir(dir, { recursive: true });
  await writeParquet(join(dir, 'transcripts.parquet'), rows, TRANSCRIPTS_TABLE);
  await writeReport(new ArtifactStore({ fileRoots: [root], s3: false }), fileUri(dir), report);
  return dir;
}
