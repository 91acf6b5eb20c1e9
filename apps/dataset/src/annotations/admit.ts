import { createHash } from 'node:crypto';
import { type DatasetExclusion, type ExclusionScope, SrvauError } from '@srvau/contracts';
import { type Finding, judgeAnnotation, type JudgedAnnotation, type OriginSettings } from './annotation-row';
import type { FileOrigin } from './origin';
import type { RawAnnotation } from './raw-annotation';
import { videoNameFault } from './video-name';

/** A row that has a place in the manifest. */
export interface AdmittedRow extends JudgedAnnotation {
  kind: 'row';
  id: string;
  line: number;
}

/** A row that has none. */
export interface RefusedRow {
  kind: 'refused';
  exclusion: DatasetExclusion;
}

export interface AdmissionOptions {
  file: FileOrigin;
  given: OriginSettings;
  /** Bounds the memory for ids and for finding duplicates, about 200 bytes a row. */
  maxRows?: number;
}

export const DEFAULT_MAX_ROWS = 1_000_000;

/**
 * Decides row by row, in the file's order, which rows enter the manifest, and gives them ids. The same rows always get the
 * same ids. Holds no row after having passed it on.
 *
 * Refused: a name that cannot be a video's (`row:invalid-video-name`), the same question about the same video again
 * (`row:duplicate`), an id given before (`row:duplicate-id`).
 *
 * @throws SrvauError PAYLOAD_TOO_LARGE beyond `maxRows`.
 */
export async function* admitRows(
  rows: AsyncIterable<RawAnnotation>,
  { file, given, maxRows = DEFAULT_MAX_ROWS }: AdmissionOptions,
): AsyncGenerator<AdmittedRow | RefusedRow> {
  /** Hash of video and question → number of the first such row. */
  const seen = new Map<string, number>();
  const ids = new Set<string>();
  /** Video → how many ids were made from its name. */
  const made = new Map<string, number>();
  const refuse = (raw: RawAnnotation, finding: Finding): RefusedRow => ({
    kind: 'refused',
    exclusion: exclusionOf(raw.row, raw.line, null, raw.video, 'row', finding),
  });

  for await (const raw of rows) {
    if (raw.row > maxRows) {
      throw new SrvauError('PAYLOAD_TOO_LARGE', `expected at most ${maxRows} rows, received more`);
    }
    const fault = videoNameFault(raw.video);
    if (fault !== null) {
      yield refuse(raw, { reason: 'row:invalid-video-name', detail: fault });
      continue;
    }
    const key = createHash('sha256')
      .update(`${raw.video}\0${raw.question ?? ''}`)
      .digest('base64');
    const first = seen.get(key);
    if (first !== undefined) {
      yield refuse(raw, { reason: 'row:duplicate', detail: `asks the same about the same video as row ${first}` });
      continue;
    }
    if (raw.id !== null && ids.has(raw.id)) {
      yield refuse(raw, {
        reason: 'row:duplicate-id',
        detail: `expected a new id, received ${JSON.stringify(raw.id)} again`,
      });
      continue;
    }
    seen.set(key, raw.row);
    const id = raw.id ?? freshId(raw.video, ids, made);
    ids.add(id);
    yield { kind: 'row', id, line: raw.line, ...judgeAnnotation(raw, file, given) };
  }
}

/** The video's name; for further rows about one video with `#2`, `#3` … */
function freshId(video: string, taken: ReadonlySet<string>, made: Map<string, number>): string {
  let n = made.get(video) ?? 0;
  let id: string;
  // A video, or a given id, may be called like another one's second row.
  do {
    n += 1;
    id = n === 1 ? video : `${video}#${n}`;
  } while (taken.has(id));
  made.set(video, n);
  return id;
}

export function exclusionOf(
  row: number,
  line: number,
  id: string | null,
  video: string,
  scope: ExclusionScope,
  { reason, detail }: Finding,
): DatasetExclusion {
  // Names that are refused for their length would make a line of a megabyte.
  return { row, line, id, video: video.length <= 1024 ? video : `${video.slice(0, 1024)}…`, scope, reason, detail };
}
