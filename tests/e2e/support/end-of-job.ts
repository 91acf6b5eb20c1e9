import { type JobRecord, TERMINAL_STATES } from '@srvau/contracts';
import { eventually } from './eventually';

const DEADLINE_MS = 120_000;

/** The record of a job once it has ended, however that was. @param get reads the record */
export function endOfJob(
  jobId: string,
  get: (jobId: string) => Promise<JobRecord>,
  deadlineMs = DEADLINE_MS,
): Promise<JobRecord> {
  const ended = async (): Promise<JobRecord | false> => {
    const record = await get(jobId);
    return TERMINAL_STATES.has(record.state) && record;
  };
  return eventually(`job ${jobId} has ended`, ended, deadlineMs);
}

/** What a job came to. @throws Error where it did not succeed */
export function resultOf<T>({ kind, state, result, error }: JobRecord): T {
  if (state === 'succeeded') return result as T;
  throw new Error(`expected the ${kind} to succeed, it ${state}: ${JSON.stringify(error)}`);
}
