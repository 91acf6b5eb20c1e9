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
import { type JobBackend, withJobs } from '../backend/backend';
import { CliError, EXIT } from '../exit';
import { Interrupted } from '../interrupts';
import type { Io } from '../io';
import { failureOf, followJob } from '../jobs/follow';
import { openJobView, tookText } from '../jobs/job-view';
import { submitIngest } from '../jobs/submit-ingest';
import type { IngestOptions } from '../options';
import { ingestSummaryText } from '../render/ingest-summary';

/** `srvau dataset ingest`: submits the job, follows it, prints its result. */
export async function datasetIngest(options: IngestOptions, io: Io): Promise<number> {
  const request = parseDto(IngestRequest, requestOf(options, io.cwd), 'srvau dataset ingest');
  return withJobs(io, async (backend) => {
    // Services on other machines see other disks: what is there is theirs to say.
    if (backend.local) await checkInputs(request);
    if (options.detach && !(await backend.services.answers('dataset'))) throw nobodyToDetachTo();
    await backend.services.ensure('dataset');
    const over = new AbortController();
    const guard = backend.services.guard('dataset', over.signal);
    try {
      const submitted = submitIngest(backend, request, (record) => waitForEnd(backend, record, io));
      // The guard only ends by itself when it fails.
      const accepted = await Promise.race([submitted, guard.then(() => submitted)]);
      return await (options.detach ? detach(accepted, options, io) : seeThrough(backend, accepted, options, io));
    } finally {
      over.abort();
    }
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

function nobodyToDetachTo(): CliError {
  return new CliError(
    EXIT.unavailable,
    'UNAVAILABLE',
    '--detach leaves the job to services that keep running, and none answers; start them in another terminal with: srvau up',
  );
}

async function waitForEnd(backend: JobBackend, record: JobRecord, io: Io): Promise<void> {
  io.terminal.note(`job ${record.id} of this directory is being cancelled; waiting for its end`);
  await followJob(backend, record.id, openJobView(io.terminal), io.interrupts.signal);
}

function detach(accepted: JobAccepted, options: IngestOptions, { terminal }: Io): number {
  if (options.json) terminal.printJson(accepted);
  else
    terminal.print(
      `job ${accepted.jobId} ${accepted.created ? 'submitted' : 'is there already'}; follow it with: srvau jobs watch ${accepted.jobId}`,
    );
  return EXIT.ok;
}

async function seeThrough(backend: JobBackend, accepted: JobAccepted, options: IngestOptions, io: Io): Promise<number> {
  const { jobId } = accepted;
  const { terminal, interrupts } = io;
  if (!accepted.created) terminal.note(`job ${jobId} has been submitted before; following it`);
  let cancelledByUs = false;
  const release = interrupts.interceptNext(() => {
    cancelledByUs = true;
    terminal.note(`cancelling job ${jobId}; Ctrl-C again leaves it as it is`);
    // A job that ended a moment ago cannot be cancelled; the record that follows says how it ended.
    backend.jobs.cancel(jobId).catch((error: unknown) => {
      if (!(error instanceof SrvauError) || error.code !== 'CONFLICT') terminal.note(`not cancelled: ${String(error)}`);
    });
  });
  try {
    const record = await followJob(backend, jobId, openJobView(terminal), interrupts.signal);
    if (record.state === 'cancelled' && cancelledByUs) {
      throw new Interrupted(EXIT.interrupted, 'cancelled; the same command goes on from what is done');
    }
    const failure = failureOf(record);
    if (failure !== undefined) throw failure;
    showSummary(record, options, io);
    return EXIT.ok;
  } finally {
    release();
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
