import { createHash } from 'node:crypto';
import {
  type IngestRequest,
  type JobAccepted,
  type JobRecord,
  SrvauError,
  SUBJECTS,
  TERMINAL_STATES,
} from '@srvau/contracts';
import type { JobBackend } from '../backend/backend';
import { CliError, EXIT } from '../exit';

/** Retries reach over the moment in which another command takes its service down and ours comes up. */
const SUBMIT = { timeoutMs: 60_000, retries: 60, idempotent: true };
/** Jobs looked through for earlier ones of the same directory. It only saves steps: see `submitIngest`. */
const LOOK_BACK = 500;

/**
 * Submits an ingest so that a directory has at most one job that is not over.
 *
 * The ingests into one directory are numbered, and the idempotency key is directory + number. The number goes on only
 * when the job that had it is over. So the same command typed again
 * - while the job waits or runs (here, in another terminal, or left over by a kill) means that job;
 * - after it is over means a new job, which looks at the inputs again and goes on from what is done already;
 * - in two terminals at once means one job, because both arrive at the same key.
 *
 * @param onWait is told when an earlier job of the directory has to end first, and returns when it has
 * @throws CliError (CONFLICT) when another ingest writes to the directory
 */
export async function submitIngest(
  { client, jobs }: Pick<JobBackend, 'client' | 'jobs'>,
  request: IngestRequest,
  onWait: (record: JobRecord) => Promise<unknown>,
): Promise<JobAccepted> {
  if (request.idempotencyKey !== undefined) return client.request(SUBJECTS.datasetIngest, request, SUBMIT);
  const earlier = await jobs.list({ kind: 'dataset.ingest', limit: LOOK_BACK });
  for (let number = nextNumber(earlier, request.out); ; number += 1) {
    const idempotencyKey = ingestKey(request.out, number);
    try {
      const accepted = await client.request(SUBJECTS.datasetIngest, { ...request, idempotencyKey }, SUBMIT);
      if (accepted.created) return accepted;
      const record = await jobs.get(accepted.jobId);
      if (isOver(record)) continue;
      if (record.cancelRequestedAt === undefined) return accepted;
      await onWait(record);
    } catch (error) {
      // The service says CONFLICT for two reasons: the directory cannot be used, or the key has another request.
      if (!(error instanceof SrvauError) || error.code !== 'CONFLICT') throw error;
      const rival = (await jobs.list({ kind: 'dataset.ingest', limit: LOOK_BACK })).find(
        (record) => record.idempotencyKey === idempotencyKey,
      );
      if (rival === undefined) throw error;
      if (!isOver(rival)) throw occupied(request.out, rival);
    }
  }
}

/** The number of the directory's job that is not over, or the first free one. */
export function nextNumber(jobs: readonly JobRecord[], out: string): number {
  const prefix = ingestKey(out, '');
  let next = 1;
  for (const record of jobs) {
    if (record.idempotencyKey?.startsWith(prefix) !== true) continue;
    const number = Number(record.idempotencyKey.slice(prefix.length));
    if (Number.isSafeInteger(number)) next = Math.max(next, isOver(record) ? number + 1 : number);
  }
  return next;
}

export function ingestKey(out: string, number: number | ''): string {
  const directory = createHash('sha256').update(out).digest('hex').slice(0, 32);
  return `srvau-cli/ingest/${directory}/${number}`;
}

function isOver(record: JobRecord): boolean {
  return TERMINAL_STATES.has(record.state);
}

function occupied(out: string, rival: JobRecord): CliError {
  return new CliError(
    EXIT.failed,
    'CONFLICT',
    `${out} is being written by job ${rival.id}, an ingest of other inputs or options; wait for it ` +
      `(srvau jobs watch ${rival.id}), cancel it (srvau jobs cancel ${rival.id}), or choose another --out`,
  );
}
