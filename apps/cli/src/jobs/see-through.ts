import { type JobAccepted, type JobRecord, type ServiceName, SrvauError } from '@srvau/contracts';
import type { JobBackend } from '../backend/backend';
import { CliError, EXIT } from '../exit';
import { Interrupted } from '../interrupts';
import type { Io } from '../io';
import { failureOf, followJob } from './follow';
import { type JobView, openJobView } from './job-view';

/** How a job is followed that is not the dataset service's. */
export interface Following {
  /** That it needs; the first takes it. */
  services: readonly ServiceName[];
  openView: (accepted: JobAccepted) => JobView | Promise<JobView>;
  /** For people, after Ctrl-C. */
  goOn: string;
}

/**
 * Submits a job and follows it to its end; or leaves it, with `detach`, to services that go on
 * without this command. Ctrl-C cancels it.
 *
 * @param show is given the record of a job that has succeeded
 * @returns the exit code
 * @throws CliError: the job has failed, the service is not there; Interrupted
 */
export async function seeThrough(
  backend: JobBackend,
  submit: () => Promise<JobAccepted>,
  options: { detach: boolean; json: boolean },
  io: Io,
  show: (record: JobRecord) => void,
  following: Following = {
    services: ['dataset'],
    openView: () => openJobView(io.terminal),
    goOn: 'the same command goes on from what is done',
  },
): Promise<number> {
  const { services } = following;
  for (const service of services) {
    if (options.detach && !(await backend.services.answers(service))) throw nobodyToDetachTo();
  }
  await Promise.all(services.map((service) => backend.services.ensure(service)));
  const over = new AbortController();
  const guards = services.map((service) => backend.services.guard(service, over.signal));
  try {
    const submitted = submit();
    // Guards only end by themselves when they fail.
    const accepted = await Promise.race([submitted, Promise.all(guards).then(() => submitted)]);
    if (options.detach) detach(accepted, options, io);
    else show(await follow(backend, accepted, io, following));
    return EXIT.ok;
  } finally {
    over.abort();
  }
}

/** Follows a job that has to end before another one may begin. */
export async function waitForEnd(backend: JobBackend, record: JobRecord, io: Io): Promise<void> {
  io.terminal.note(`job ${record.id} of this directory is being cancelled; waiting for its end`);
  await followJob(backend, record.id, openJobView(io.terminal), io.interrupts.signal);
}

function nobodyToDetachTo(): CliError {
  return new CliError(
    EXIT.unavailable,
    'UNAVAILABLE',
    '--detach leaves the job to services that keep running, and none answers; start them in another terminal with: srvau up',
  );
}

function detach(accepted: JobAccepted, { json }: { json: boolean }, { terminal }: Io): void {
  if (json) terminal.printJson(accepted);
  else
    terminal.print(
      `job ${accepted.jobId} ${accepted.created ? 'submitted' : 'is there already'}; follow it with: srvau jobs watch ${accepted.jobId}`,
    );
}

/** @returns the record of the job, which has succeeded */
async function follow(
  backend: JobBackend,
  accepted: JobAccepted,
  io: Io,
  { openView, goOn }: Following,
): Promise<JobRecord> {
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
    const record = await followJob(backend, jobId, await openView(accepted), interrupts.signal);
    if (record.state === 'cancelled' && cancelledByUs) {
      throw new Interrupted(EXIT.interrupted, `cancelled; ${goOn}`);
    }
    const failure = failureOf(record);
    if (failure !== undefined) throw failure;
    return record;
  } finally {
    release();
  }
}
