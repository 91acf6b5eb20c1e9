import { open } from 'node:fs/promises';
import {
  type DatasetExclusion,
  type DatasetRow,
  type DatasetStatistics,
  type DatasetWarning,
  type IngestSummary,
  SrvauError,
} from '@srvau/contracts';
import {
  MANIFEST_TABLE,
  readManifest,
  toManifestRecord,
  writeAtomicWith,
  writeJsonlAtomic,
  writeParquet,
} from '@srvau/storage';
import type { AnnotationPass } from './annotation-pass';
import type { DatasetDirectory } from './dataset-directory';
import { joinRow, type VideoResult } from './dataset-row';
import { Durations, ReasonCounts, RowStatistics, Warnings } from './statistics';

export interface ManifestReport {
  summary: Omit<IngestSummary, 'out'>;
  statistics: DatasetStatistics;
  warnings: DatasetWarning[];
}

/** Exclusions are written in pieces of about this many characters. */
const BATCH_CHARS = 64 * 1024;

/**
 * Writes `exclusions.jsonl`, `manifest.jsonl` and `manifest.parquet`, each whole or not at all, and counts what is in
 * them. Memory: one row group.
 *
 * @param pass a fresh passage over the annotations.
 * @param sha256 the digest that they had before; another one now means that the file was changed in the meantime.
 */
export async function writeManifest(
  directory: DatasetDirectory,
  pass: AnnotationPass,
  sha256: string,
  videos: ReadonlyMap<string, VideoResult>,
  onRow: (done: number) => void,
  signal: AbortSignal,
): Promise<ManifestReport> {
  const rows = new RowStatistics();
  const reasons = new ReasonCounts();
  const warnings = new Warnings();
  for (const column of pass.unknownColumns) warnings.add('columns:unknown', column);

  await writeAtomicWith(directory.file('exclusions'), async (temporary) => {
    const handle = await open(temporary, 'wx');
    try {
      const log = new BatchedLines((text) => handle.writeFile(text));
      const exclude = async (exclusion: DatasetExclusion): Promise<void> => {
        reasons.add(exclusion.reason);
        await log.add(JSON.stringify(exclusion));
      };
      async function* manifestRows(): AsyncGenerator<DatasetRow> {
        const named = new Set<string>();
        for await (const admitted of pass.rows) {
          if (admitted.kind === 'refused') {
            await exclude(admitted.exclusion);
            continue;
          }
          const { video } = admitted.fields;
          const joined = joinRow(admitted, videos.get(video) ?? { kind: 'missing' }, !named.has(video));
          named.add(video);
          for (const exclusion of joined.exclusions) await exclude(exclusion);
          for (const { reason } of joined.warnings) warnings.add(reason, joined.row.id);
          rows.add(joined.row);
          onRow(rows.all.rows);
          yield joined.row;
        }
        const now = pass.digest().sha256;
        if (now !== sha256) {
          throw SrvauError.mismatch('UNPROCESSABLE', 'annotations', 'a file that stays as it is', 'one that changed');
        }
      }
      await writeJsonlAtomic(directory.file('manifestJsonl'), manifestRows());
      await log.flush();
      await handle.sync();
    } finally {
      await handle.close();
    }
  });

  const records = async function* (): AsyncGenerator<ReturnType<typeof toManifestRecord>> {
    for await (const row of readManifest(directory.file('manifestJsonl'))) yield toManifestRecord(row);
  };
  await writeParquet(directory.file('manifestParquet'), records(), MANIFEST_TABLE, { rowGroupRows: 2000, signal });

  const videoStatistics = countVideos(videos);
  const { all } = rows;
  return {
    summary: {
      rows: all.rows,
      qaEligible: all.qaEligible,
      groundingEligible: all.groundingEligible,
      normal: all.normal,
      videosFound: videoStatistics.counts.found,
      videosMissing: videoStatistics.counts.missing,
      exclusions: reasons.finish(),
    },
    statistics: rows.finish(videoStatistics.counts, videoStatistics.durations.finish()),
    warnings: warnings.finish(),
  };
}

function countVideos(videos: ReadonlyMap<string, VideoResult>): {
  counts: DatasetStatistics['videos'];
  durations: Durations;
} {
  const counts = { named: videos.size, found: 0, missing: 0, readable: 0, frames: 0 };
  const durations = new Durations();
  for (const video of videos.values()) {
    // An ambiguous name has found no one file.
    if (video.kind === 'missing' || video.kind === 'ambiguous') counts.missing += 1;
    else counts.found += 1;
    if (video.kind !== 'readable') continue;
    counts.readable += 1;
    counts.frames += video.frames;
    durations.add(video.durationSec);
  }
  return { counts, durations };
}

class BatchedLines {
  private batch = '';

  constructor(private readonly write: (text: string) => Promise<void>) {}

  async add(line: string): Promise<void> {
    this.batch += `${line}\n`;
    if (this.batch.length >= BATCH_CHARS) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.batch;
    this.batch = '';
    if (text !== '') await this.write(text);
  }
}
