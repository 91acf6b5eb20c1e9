import { type NatsConnection, type Subscription } from '@nats-io/transport-node';
import {
  type BuildRequest,
  eventSubject,
  type JobAccepted,
  type JobEvent,
  type JobProgress,
  type JobRecord,
  SUBJECTS,
} from '@srvau/contracts';

/** Submits a build; `onProgress` is told of every report until the job ends. @returns its record then */
export async function runBuild(
  connection: NatsConnection,
  request: BuildRequest,
  onProgress: (progress: JobProgress) => 'cancel' | undefined,
): Promise<JobRecord> {
  // Before the job is there, so that no event is missed.
  const events: Subscription = connection.subscribe(eventSubject('*'));
  const reply = await connection.request(SUBJECTS.datasetBuild, JSON.stringify(request), { timeout: 30_000 });
  const accepted = reply.json<Partial<JobAccepted>>();
  if (accepted.jobId === undefined) throw new Error(`no job: ${reply.string()}`);
  const { jobId } = accepted;
  let cancelled = false;
  for await (const message of events) {
    const event = message.json<JobEvent>();
    if (event.jobId !== jobId) continue;
    if (event.state === 'succeeded' || event.state === 'failed' || event.state === 'cancelled') break;
    if (cancelled || event.progress === undefined || onProgress(event.progress) !== 'cancel') continue;
    cancelled = true;
    await connection.request(SUBJECTS.jobsCancel, JSON.stringify({ jobId }), { timeout: 30_000 });
  }
  events.unsubscribe();
  return (await connection.request(SUBJECTS.jobsGet, JSON.stringify({ jobId }), { timeout: 30_000 })).json<JobRecord>();
}
