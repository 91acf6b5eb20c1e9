import { type JobKind, type JobRecord, type ServiceName, SrvauError, TERMINAL_STATES } from '@srvau/contracts';
import type { JobBackend } from '../backend/backend';
import { CliError, EXIT } from '../exit';
import type { JobView } from './job-view';

/** The service whose workers do each kind of job, first, and those that they need. */
const SERVICES_OF: Readonly<Record<JobKind, readonly ServiceName[]>> = {
  'dataset.ingest': ['dataset'],
  'dataset.build': ['dataset'],
  'dataset.build-shard': ['dataset'],
  'training.sft': ['training'],
  'training.grpo': ['training', 'reward'],
  'evaluation.score': ['evaluation'],
  'evaluation.judge': ['evaluation'],
  'evaluation.run': ['evaluation'],
};

/**
 * Follows a job to its end, and keeps a worker there for it.
 *
 * @returns the ended job's record
 * @throws CliError when the worker is lost for good; the reason of `signal`
 */
export async function followJob(
  backend: JobBackend,
  jobId: string,
  view: JobView,
  signal: AbortSignal,
): Promise<JobRecord> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const follow = async (): Promise<JobRecord> => {
    let guarded = false;
    for await (const record of backend.jobs.watch(jobId, stop)) {
      view.update(record);
      if (TERMINAL_STATES.has(record.state)) return record;
      if (guarded) continue;
      guarded = true;
      guard(record);
    }
    signal.throwIfAborted();
    throw new SrvauError('UNAVAILABLE', `the connection to NATS ended; the job goes on, see: srvau jobs show ${jobId}`);
  };
  let guard: (record: JobRecord) => void = () => undefined;
  const workerLost = new Promise<never>((_, reject) => {
    guard = (record) => {
      for (const service of servicesOf(record.kind)) backend.services.guard(service, stop).catch(reject);
    };
  });
  try {
    return await Promise.race([follow(), workerLost]);
  } finally {
    over.abort();
    view.close();
  }
}

/** None for a kind of a newer version: its workers are not ours to start. */
function servicesOf(kind: string): readonly ServiceName[] {
  return kind in SERVICES_OF ? SERVICES_OF[kind as JobKind] : [];
}

/** The error of a job that ended without success; undefined for one that succeeded. */
export function failureOf(record: JobRecord): CliError | undefined {
  if (record.state === 'succeeded') return undefined;
  if (record.state === 'cancelled') return new CliError(EXIT.failed, 'CANCELLED', `job ${record.id} was cancelled`);
  const { code, message, details } = record.error ?? { code: 'INTERNAL', message: 'it left no error' };
  return new CliError(EXIT.failed, code, `job ${record.id} failed: ${message}`, { details: details ?? [] });
}
