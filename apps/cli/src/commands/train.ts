import {
  canonicalJson,
  type JobAccepted,
  type JobRecord,
  type ServiceName,
  TERMINAL_STATES,
  type TrainRequest,
  type TrainSummary,
} from '@srvau/contracts';
import { inspectReflectDataset } from '@srvau/reflection-data';
import { localPath } from '../arguments/uri';
import { type JobBackend, withJobs } from '../backend/backend';
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
    if (backend.local && data !== undefined) await inspectReflectDataset(data);
    const submit = async (): Promise<JobAccepted> => {
      const same = await sameWork(backend, kind, request);
      return submitForDirectory(backend, kind, same, (record) => waitForEnd(backend, record, io));
    };
    return seeThrough(backend, submit, options, io, (record) => showSummary(record, options, io), {
      services: SERVICES[kind],
      openView: ({ jobId }) => TrainView.open(backend, jobId, io.terminal),
      goOn: 'the same command with --resume goes on from the last checkpoint',
    });
  });
}

/**
 * The request of the job that does this work already, where there is one: it may have been begun without --resume, be left by
 * a kill, and is asked for with it now. To the queue those would be two requests for one directory.
 */
async function sameWork(
  { jobs }: JobBackend,
  kind: TrainOptions['kind'],
  request: TrainRequest,
): Promise<TrainRequest> {
  const key = workKey(request);
  const underWay = (await jobs.list({ kind: `training.${kind}`, limit: LOOK_BACK })).find(
    (record) => !TERMINAL_STATES.has(record.state) && workKey(record.request as TrainRequest) === key,
  );
  const { resume: _ours, ...rest } = request;
  const theirs = (underWay?.request as TrainRequest | undefined)?.resume;
  if (underWay === undefined) return request;
  return theirs === undefined ? rest : { ...rest, resume: theirs };
}

function workKey({ resume: _resume, idempotencyKey: _key, ...work }: TrainRequest): string {
  return canonicalJson(work);
}

function showSummary(record: JobRecord, { json }: TrainOptions, { terminal }: Io): void {
  const summary = record.result as TrainSummary;
  if (json) terminal.printJson(summary);
  else terminal.print(trainSummaryText(summary, tookText(record), terminal.colors));
}
