import { JOB_ID_PATTERN, JOB_KINDS, type JobKind, type JobRecord, TERMINAL_STATES } from '@srvau/contracts';
import { type JobBackend, withJobs } from '../backend/backend';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import { failureOf, followJob } from '../jobs/follow';
import { type JobView, openJobView, tookText } from '../jobs/job-view';
import type { JobOptions, ListJobsOptions, ResumeJobOptions } from '../options';
import { jobDetailText, jobTableText } from '../render/jobs';

/** Of jobs that are parts of another, thousands of which would hide it; `--kind` shows them. */
const PARTS: ReadonlySet<string> = new Set(['dataset.build-shard'] satisfies JobKind[]);
/** More than a server keeps in 30 days. */
const MOST = 1_000_000;

export async function listJobs({ json, state, kind, limit }: ListJobsOptions, io: Io): Promise<number> {
  if (kind !== undefined && !(JOB_KINDS as readonly string[]).includes(kind)) {
    const expected = JOB_KINDS.join(', ');
    throw usageError(`--kind: expected one of ${expected}, received ${kind}`, [
      { field: '--kind', expected: `one of ${expected}`, received: kind },
    ]);
  }
  const filter = { limit: MOST, ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) };
  const found = await withJobs(io, (backend) => backend.jobs.list(filter));
  const jobs = found.filter((job) => kind !== undefined || !PARTS.has(job.kind)).slice(0, limit);
  if (json) io.terminal.printJson({ jobs });
  else if (jobs.length === 0) io.terminal.note('no jobs');
  else io.terminal.print(jobTableText(jobs, Date.now(), io.terminal.colors));
  return EXIT.ok;
}

export async function showJob(options: JobOptions, io: Io): Promise<number> {
  return withJob(options, io, async (backend, jobId) => {
    printJob(await backend.jobs.get(jobId), options, io);
    return EXIT.ok;
  });
}

/** Follows a job to its end. With `--json`: one line a change, each the whole record. */
export async function watchJob(options: JobOptions, io: Io): Promise<number> {
  return withJob(options, io, (backend, jobId) => seeJobThrough(backend, jobId, options, io));
}

export async function cancelJob(options: JobOptions, io: Io): Promise<number> {
  return withJob(options, io, async (backend, jobId) => {
    const record = await backend.jobs.cancel(jobId);
    if (options.json) io.terminal.printJson(record);
    else if (record.state === 'cancelled') io.terminal.print(`job ${jobId} cancelled`);
    else io.terminal.print(`job ${jobId} is being cancelled; its worker stops at the next step`);
    return EXIT.ok;
  });
}

export async function resumeJob(options: ResumeJobOptions, io: Io): Promise<number> {
  return withJob(options, io, async (backend, jobId) => {
    const record = await backend.jobs.resume(jobId);
    if (options.watch) return seeJobThrough(backend, jobId, options, io);
    if (options.json) io.terminal.printJson(record);
    else io.terminal.print(`job ${jobId} queued again; follow it with: srvau jobs watch ${jobId}`);
    return EXIT.ok;
  });
}

async function withJob(
  { jobId }: JobOptions,
  io: Io,
  work: (backend: JobBackend, jobId: string) => Promise<number>,
): Promise<number> {
  if (!JOB_ID_PATTERN.test(jobId)) {
    const expected = 'a job id (8 to 64 of a-z, 0-9 and -), see: srvau jobs ls';
    throw usageError(`ID: expected ${expected}, received ${jobId}`, [{ field: 'ID', expected, received: jobId }]);
  }
  return withJobs(io, (backend) => work(backend, jobId));
}

async function seeJobThrough(backend: JobBackend, jobId: string, options: JobOptions, io: Io): Promise<number> {
  const view = options.json ? jsonView(io) : openJobView(io.terminal);
  const before = await backend.jobs.get(jobId);
  const record = await followJob(backend, jobId, view, io.interrupts.signal);
  const failure = failureOf(record);
  // A job that was over before has nothing to follow: show how it ended.
  if (!options.json && TERMINAL_STATES.has(before.state)) printJob(record, options, io);
  if (failure !== undefined) throw failure;
  if (!options.json && !TERMINAL_STATES.has(before.state)) {
    const took = tookText(record);
    io.terminal.print(`job ${jobId} succeeded${took === null ? '' : ` in ${took}`}`);
  }
  return EXIT.ok;
}

function jsonView({ terminal }: Io): JobView {
  let shown = '';
  return {
    update(record) {
      const line = JSON.stringify(record);
      if (line !== shown) terminal.print(line);
      shown = line;
    },
    close() {
      // Nothing stands on the terminal.
    },
  };
}

function printJob(record: JobRecord, { json }: JobOptions, { terminal }: Io): void {
  if (json) terminal.printJson(record);
  else terminal.print(jobDetailText(record, Date.now(), terminal.colors));
}
