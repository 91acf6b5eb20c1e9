import { createHash } from 'node:crypto';
import {
  type Api,
  type JobAccepted,
  type JobKind,
  type JobRecord,
  SrvauError,
  SUBJECTS,
  TERMINAL_STATES,
} from '@srvau/contracts';
import type { JobBackend } from '../backend/backend';
import { CliError, EXIT } from '../exit';

/** Retries reach over the moment in which another command takes its service down and ours comes up. */
export const SUBMIT = { timeoutMs: 60_000, retries: 60, idempotent: true };
/** Jobs looked through for earlier ones of the same directory. It only saves steps: see `submitForDirectory`. */
const LOOK_BACK = 500;

/** Jobs that write a directory, which `out` of their request names, or `name` where the service has a place for them. */
const DIRECTORY_JOBS = {
  ingest: { subject: SUBJECTS.datasetIngest, kind: 'dataset.ingest', other: 'an ingest of other inputs or options' },
  build: { subject: SUBJECTS.datasetBuild, kind: 'dataset.build', other: 'a build of other inputs or options' },
  sft: { subject: SUBJECTS.trainingSft, kind: 'training.sft', other: 'a training with other inputs or settings' },
  judge: {
    subject: SUBJECTS.evaluationJudge,
    kind: 'evaluation.judge',
    other: 'a judging of other items or by another judge',
  },
  run: { subject: SUBJECTS.evaluationRun, kind: 'evaluation.run', other: 'an evaluation of other inputs or settings' },
  grpo: { subject: SUBJECTS.trainingGrpo, kind: 'training.grpo', other: 'a training with other inputs or settings' },
} as const satisfies Record<string, { subject: keyof Api; kind: JobKind; other: string }>;

type DirectoryJob = keyof typeof DIRECTORY_JOBS;
type RequestOf<J extends DirectoryJob> = Api[(typeof DIRECTORY_JOBS)[J]['subject']]['request'];

/**
 * Submits a job so that a directory has at most one of its kind that is not over.
 *
 * The jobs of one directory are numbered, and the idempotency key is directory + number. The number goes on only
 * when the job that had it is over. So the same command typed again
 * - while the job waits or runs (here, in another terminal, or left over by a kill) means that job;
 * - after it is over means a new job, which looks at the inputs again and goes on from what is done already;
 * - in two terminals at once means one job, because both arrive at the same key.
 *
 * @param onWait is told when an earlier job of the directory has to end first, and returns when it has
 * @throws CliError (CONFLICT) when another job of the kind writes to the directory
 */
export async function submitForDirectory<J extends DirectoryJob>(
  { client, jobs }: Pick<JobBackend, 'client' | 'jobs'>,
  job: J,
  request: RequestOf<J> & ({ out: string } | { name: string }),
  onWait: (record: JobRecord) => Promise<unknown>,
): Promise<JobAccepted> {
  const { subject, kind } = DIRECTORY_JOBS[job];
  const send = (body: RequestOf<J>): Promise<JobAccepted> => client.request(subject, body, SUBMIT);
  if (request.idempotencyKey !== undefined) return send(request);
  const earlier = await jobs.list({ kind, limit: LOOK_BACK });
  const out = 'name' in request ? request.name : request.out;
  for (let number = nextNumber(earlier, job, out); ; number += 1) {
    const idempotencyKey = directoryKey(job, out, number);
    try {
      const accepted = await send({ ...request, idempotencyKey });
      if (accepted.created) return accepted;
      const record = await jobs.get(accepted.jobId);
      if (isOver(record)) continue;
      if (record.cancelRequestedAt === undefined) return accepted;
      await onWait(record);
    } catch (error) {
      // The service says CONFLICT for two reasons: the directory cannot be used, or the key has another request.
      if (!(error instanceof SrvauError) || error.code !== 'CONFLICT') throw error;
      const rival = (await jobs.list({ kind, limit: LOOK_BACK })).find(
        (record) => record.idempotencyKey === idempotencyKey,
      );
      if (rival === undefined) throw error;
      if (!isOver(rival)) throw occupied(job, out, 'name' in request ? '--name' : '--out', rival);
    }
  }
}

/** The number of the directory's job that is not over, or the first free one. */
export function nextNumber(jobs: readonly JobRecord[], job: DirectoryJob, out: string): number {
  const prefix = directoryKey(job, out, '');
  let next = 1;
  for (const record of jobs) {
    if (record.idempotencyKey?.startsWith(prefix) !== true) continue;
    const number = Number(record.idempotencyKey.slice(prefix.length));
    if (Number.isSafeInteger(number)) next = Math.max(next, isOver(record) ? number + 1 : number);
  }
  return next;
}

export function directoryKey(job: DirectoryJob, out: string, number: number | ''): string {
  const directory = createHash('sha256').update(out).digest('hex').slice(0, 32);
  return `srvau-cli/${job}/${directory}/${number}`;
}

function isOver(record: JobRecord): boolean {
  return TERMINAL_STATES.has(record.state);
}

function occupied(job: DirectoryJob, out: string, option: string, rival: JobRecord): CliError {
  return new CliError(
    EXIT.failed,
    'CONFLICT',
    `${out} is being written by job ${rival.id}, ${DIRECTORY_JOBS[job].other}; wait for it ` +
      `(srvau jobs watch ${rival.id}), cancel it (srvau jobs cancel ${rival.id}), or choose another ${option}`,
  );
}
