import { stat } from 'node:fs/promises';
import {
  type ErrorDetail,
  IngestRequest,
  type IngestSummary,
  type JobAccepted,
  type JobRecord,
  parseDto,
  SrvauError,
} from '@srvau/contracts';
import { localPath, toUri } from '../arguments/uri';
import { withJobs } from '../backend/backend';
import type { Io } from '../io';
import { tookText } from '../jobs/job-view';
import { seeThrough, waitForEnd } from '../jobs/see-through';
import { submitForDirectory } from '../jobs/submit-job';
import type { IngestOptions } from '../options';
import { ingestSummaryText } from '../render/ingest-summary';

/** `srvau dataset ingest`: submits the job, follows it, prints its result. */
export async function datasetIngest(options: IngestOptions, io: Io): Promise<number> {
  const request = parseDto(IngestRequest, requestOf(options, io.cwd), 'srvau dataset ingest');
  return withJobs(io, async (backend) => {
    // Services on other machines see other disks: what is there is theirs to say.
    if (backend.local) await checkInputs(request);
    const submit = (): Promise<JobAccepted> =>
      submitForDirectory(backend, 'ingest', request, (record) => waitForEnd(backend, record, io));
    return seeThrough(backend, submit, options, io, (record) => showSummary(record, options, io));
  });
}

function requestOf(options: IngestOptions, cwd: string): Record<string, unknown> {
  const { annotations, videos, out, format, strict, fps, source, split, idempotencyKey } = options;
  const given = { format, strict, fps, source, split, idempotencyKey };
  return {
    annotations: toUri(annotations, cwd, '--annotations'),
    videos: toUri(videos, cwd, '--videos'),
    out: toUri(out, cwd, '--out'),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** Typing errors are told at once, without a job that fails. */
async function checkInputs(request: IngestRequest): Promise<void> {
  const faults = await Promise.all([
    fault('--annotations', request.annotations, 'a file', (found) => found.isFile()),
    fault('--videos', request.videos, 'a folder', (found) => found.isDirectory()),
  ]);
  const details = faults.filter((detail) => detail !== undefined);
  if (details.length === 0) return;
  const lines = details.map((d) => `${d.field}: expected ${d.expected}, received ${d.received}`);
  throw new SrvauError('NOT_FOUND', lines.join('; '), { details });
}

async function fault(
  field: string,
  uri: string,
  expected: string,
  fits: (found: { isFile(): boolean; isDirectory(): boolean }) => boolean,
): Promise<ErrorDetail | undefined> {
  const path = localPath(uri);
  if (path === undefined) return undefined;
  try {
    return fits(await stat(path)) ? undefined : { field, expected, received: `${path}, which is something else` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const received = code === 'ENOENT' ? `${path}, which does not exist` : `${path} (${code ?? 'unreadable'})`;
    return { field, expected, received };
  }
}

function showSummary(record: JobRecord, options: IngestOptions, { terminal }: Io): void {
  // This form is fixed: others script against it.
  const { rows, qaEligible, groundingEligible, normal, videosFound, videosMissing, exclusions, out } =
    record.result as IngestSummary;
  const summary = { rows, qaEligible, groundingEligible, normal, videosFound, videosMissing, exclusions, out };
  if (options.json) terminal.printJson(summary);
  else terminal.print(ingestSummaryText(summary, tookText(record), terminal.colors));
}
