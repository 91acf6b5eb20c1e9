import { join } from 'node:path';
import { type JobAccepted, type JobRecord, SrvauError, SUBJECTS, TERMINAL_STATES } from '@srvau/contracts';
import { JobClient, NatsLink, NatsServerProcess, ServiceClient } from '@srvau/messaging';
import { eventually } from './eventually';
import { ServiceProcess } from './service-process';

const DEADLINE_MS = 120_000;

/** NATS, an evaluation service on it, and a client of both. Files below `dir` may be named in requests. */
export class EvaluationService implements AsyncDisposable {
  readonly client: ServiceClient;
  private readonly replicas: ServiceProcess[] = [];

  private constructor(
    readonly nats: NatsServerProcess,
    readonly jobs: JobClient,
    private readonly link: NatsLink,
    private readonly env: Record<string, string>,
    public process: ServiceProcess,
  ) {
    this.client = new ServiceClient(link);
  }

  static async start(dir: string, env: Record<string, string> = {}): Promise<EvaluationService> {
    const nats = await NatsServerProcess.start({ dir: join(dir, 'nats') });
    const home = { SRVAU_HOME: join(dir, 'state'), SRVAU_FILE_ROOTS: dir };
    const variables = { SRVAU_NATS_URL: nats.url, ...home, ...env };
    const service = new ServiceProcess('evaluation', { env: variables });
    const link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
    const [jobs] = await Promise.all([JobClient.open(link), service.ready()]);
    return new EvaluationService(nats, jobs, link, variables, service);
  }

  /** SIGKILL to the only replica, after which nobody serves. */
  async kill(): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    // NATS learns of the death a moment after it: a request before that goes to the dead, and only its deadline ends it.
    await eventually('nobody serves', () =>
      this.client.request(SUBJECTS.evaluationInfo, {}, { retries: 0, timeoutMs: 1000 }).then(
        () => false,
        (error: unknown) => SrvauError.from(error).code === 'UNAVAILABLE',
      ),
    );
  }

  /** The service once more, on the same state. */
  async startAgain(): Promise<void> {
    this.process = await new ServiceProcess('evaluation', { env: this.env }).ready();
  }

  /** Bodies that are wrong are sent as they are. */
  async submit(verb: 'run' | 'judge', body: object): Promise<string> {
    const subject = { run: SUBJECTS.evaluationRun, judge: SUBJECTS.evaluationJudge }[verb];
    const { jobId }: JobAccepted = await this.client.request(subject, body as never);
    return jobId;
  }

  /** The record of a job once it has ended, however that was. */
  ended(jobId: string): Promise<JobRecord> {
    return eventually(
      `the end of job ${jobId}`,
      async () => {
        const record = await this.jobs.get(jobId);
        return TERMINAL_STATES.has(record.state) && record;
      },
      DEADLINE_MS,
    );
  }

  /** The result of a job, which must succeed. */
  async result<T>(jobId: string): Promise<T> {
    const { state, result, error } = await this.ended(jobId);
    if (state !== 'succeeded') throw new Error(`expected the job to succeed, it ${state}: ${JSON.stringify(error)}`);
    return result as T;
  }

  /** One more service, with a state directory of its own; it is killed with the first one. */
  async addReplica(): Promise<ServiceProcess> {
    const env = { ...this.env, SRVAU_HOME: `${this.env['SRVAU_HOME']}-${this.replicas.length + 2}` };
    const replica = new ServiceProcess('evaluation', { env });
    this.replicas.push(replica);
    return replica.ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.process, ...this.replicas].map((each) => each[Symbol.asyncDispose]()));
    await this.link.drain();
    await this.nats.kill();
  }
}
