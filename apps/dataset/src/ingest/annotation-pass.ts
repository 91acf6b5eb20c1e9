import { createHash } from 'node:crypto';
import { SrvauError } from '@srvau/contracts';
import { type ArtifactStore, throwIfAborted } from '@srvau/storage';
import { type AdmittedRow, admitRows, readAnnotations, type RefusedRow } from '../annotations';
import type { IngestPlan } from './plan';

/** What one passage over the annotations has seen; complete when the rows have come to their end. */
export interface AnnotationPass {
  rows: AsyncIterable<AdmittedRow | RefusedRow>;
  /** Of the whole file; valid after the last row. */
  digest(): { sha256: string; bytes: number };
  unknownColumns: string[];
}

/**
 * Reads the annotation file from its start. An ingest does so twice, to check everything before it writes anything and to
 * write the manifest, rather than hold a hundred thousand rows of text in memory.
 */
export async function passOverAnnotations(
  plan: IngestPlan,
  store: ArtifactStore,
  signal: AbortSignal,
): Promise<AnnotationPass> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of (await store.read(plan.annotationsUri, { signal })) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  const { rows, unknownColumns } = await readAnnotations(hashed(), plan.annotationsName, plan.format);
  const { source, split } = plan.settings;
  return {
    rows: untilAborted(admitRows(rows, { file: plan.origin, given: { source, split } }), signal),
    digest: () => ({ sha256: hash.digest('hex'), bytes }),
    unknownColumns,
  };
}

async function* untilAborted<T>(rows: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const row of rows) {
    throwIfAborted(signal);
    yield row;
  }
}

export interface AnnotationScan {
  sha256: string;
  bytes: number;
  /** Rows that will be in the manifest. */
  rows: number;
  /** Distinct videos that they name, in the order of the file. */
  videos: ReadonlySet<string>;
}

/**
 * Reads the whole file once, so that an ingest of a faulty one stops before it has written anything.
 * @throws SrvauError UNPROCESSABLE for any fault of the file, also when not one row can be used.
 */
export async function scanAnnotations(
  plan: IngestPlan,
  store: ArtifactStore,
  signal: AbortSignal,
  onRow: (done: number) => void,
): Promise<AnnotationScan> {
  const pass = await passOverAnnotations(plan, store, signal);
  const videos = new Set<string>();
  let rows = 0;
  let refused = 0;
  let example = '';
  for await (const row of pass.rows) {
    if (row.kind === 'row') {
      rows += 1;
      videos.add(row.fields.video);
    } else {
      refused += 1;
      example ||= `row ${row.exclusion.row} ${row.exclusion.reason}: ${row.exclusion.detail}`;
    }
    onRow(rows + refused);
  }
  if (rows === 0) {
    const received = refused === 0 ? 'none' : `${refused} that are all refused (${example})`;
    throw SrvauError.mismatch('UNPROCESSABLE', plan.annotationsName, 'at least one data row', received);
  }
  return { ...pass.digest(), rows, videos };
}
