import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  canonicalJson,
  type JobAccepted,
  type JobRecord,
  type ServiceName,
  TERMINAL_STATES,
  type TrainRequest,
  type TrainSummary,
  SrvauError,
} from '@srvau/contracts';
import { inspectReflectDataset } from '@srvau/reflection-data';
import { localPath } from '../arguments/uri';
import { type JobBackend, withJobs } from '../backend/backend';
import { usageError } from '../exit';
import type { Io } from '../io';
import { tookText } from '../jobs/job-view';
import { seeThrough, waitForEnd } from '../jobs/see-through';
import { submitForDirectory } from '../jobs/submit-job';
import { trainSummaryText } from '../render/train-summary';
import type { TrainOptions } from '../train/options';
import { trainRequest } from '../train/train-request';
import { TrainView } from '../train/train-view';

const SERVICES: Readonly<Record<TrainOptions['kind'], readonly ServiceName[]>> = {
  sft: ['training'],
  grpo: ['training', 'reward'],
};
/** Jobs looked through for one that is under way. */
const LOOK_BACK = 500;

/** `srvau train sft|grpo`: submits the job, follows it, prints its result. */
export async function train(options: TrainOptions, io: Io): Promise<number> {
  const { kind } = options;
  const request = await trainRequest(options, io);
  return withJobs(io, async (backend) => {
    // Services on other machines see other disks: what is there is theirs to say.
    const data = localPath(request.data);
    if (backend.local && data !== undefined) await checkData(data);
    const underWay = await jobsInto(backend, kind, request.out);
    if (backend.local && underWay.length === 0) checkOut(request);
    const same = sameWork(underWay, request);
    const submit = (): Promise<JobAccepted> =>
      submitForDirectory(backend, kind, same, (record) => waitForEnd(backend, record, io));
    return seeThrough(backend, submit, options, io, (record) => showSummary(record, options, io), {
      services: SERVICES[kind],
      openView: ({ jobId }) => TrainView.open(backend, jobId, io.terminal),
      goOn: 'the same command with --resume goes on from the last checkpoint',
    });
  });
}

/** Jobs of that kind into a directory that are not over. */
async function jobsInto({ jobs }: JobBackend, kind: TrainOptions['kind'], out: string): Promise<JobRecord[]> {
  const recent = await jobs.list({ kind: `training.${kind}`, limit: LOOK_BACK });
  return recent.filter(({ state, request }) => !TERMINAL_STATES.has(state) && (request as TrainRequest).out === out);
}

/**
 * Says at once what the service would say when it runs, and with which flag it goes on.
 * @throws CliError: a run is there and is not to be gone on with, or the other way round
 */
function checkOut({ out, resume = false, idempotencyKey }: TrainRequest): void {
  const path = localPath(out);
  // What has a key may be over, and its run whole.
  if (path === undefined || idempotencyKey !== undefined) return;
  const isThere = existsSync(join(path, 'run.json'));
  if (isThere === resume) return;
  const fault = isThere
    ? { field: '--out', expected: 'no run yet', received: `${path}, where one has begun; --resume goes on with it` }
    : { field: '--resume', expected: 'a run in --out', received: `${path}, where none has begun` };
  throw usageError(`${fault.field}: expected ${fault.expected}, received ${fault.received}`, [fault]);
}

/**
 * The request of the job that does this work already, where there is one: it may have been begun without --resume, be left by
 * a kill, and is asked for with it now. To the queue those would be two requests for one directory.
 */
function sameWork(underWay: readonly JobRecord[], request: TrainRequest): TrainRequest {
  const key = workKey(request);
  const theirs = underWay.map((record) => record.request as TrainRequest).find((other) => workKey(other) === key);
  if (theirs === undefined) return request;
  const { resume: _ours, ...rest } = request;
  return theirs.resume === undefined ? rest : { ...rest, resume: theirs.resume };
}

function workKey({ resume: _resume, idempotencyKey: _key, ...work }: TrainRequest): string {
  return canonicalJson(work);
}

function showSummary(record: JobRecord, { json }: TrainOptions, { terminal }: Io): void {
  const summary = record.result as TrainSummary;
  if (json) terminal.printJson(summary);
  else terminal.print(trainSummaryText(summary, tookText(record), terminal.colors));
}

/** Before a service is started for it. */
async function checkData(dir: string): Promise<void> {
  try {
    await inspectReflectDataset(dir);
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    throw new SrvauError(error.code, `--data: ${error.message}`, { details: error.details, cause: error });
  }
}
