import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { JobAccepted, JobRecord, RunEvent, RunMessage, TrainRequest, TrainSummary } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { TinyWorld } from '../../../apps/training/test/tiny-world';
import { endOfJob, resultOf } from './end-of-job';
import { eventually } from './eventually';
import { isRunning, ServiceProcess } from './service-process';
import { type TempHome, tempHome } from './temp-home';

const DEADLINE_MS = 120_000;

/** The service's own fault: what an error reply says. */
export interface Refusal {
  code: string;
  message: string;
  details?: { field: string }[];
}

/** NATS, training services, and a model and data so small that a step takes milliseconds. */
export class TrainingCluster implements AsyncDisposable {
  readonly workers: ServiceProcess[] = [];
  /** What runs have said of their steps, over NATS. */
  readonly told: RunMessage[] = [];

  private constructor(
    private readonly home: TempHome,
    private readonly nats: NatsServerProcess,
    private readonly client: NatsConnection,
    readonly world: TinyWorld,
  ) {}

  static async start(splits: Parameters<typeof TinyWorld.make>[0] = { train: 8, val: 4 }): Promise<TrainingCluster> {
    const home = await tempHome();
    const nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
    const client = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    const cluster = new TrainingCluster(home, nats, client, await TinyWorld.make(splits));
    client.subscribe('srvau.events.*.run', {
      callback: (_error, message) => void cluster.told.push(message.json<RunMessage>()),
    });
    return cluster;
  }

  get natsUrl(): string {
    return this.nats.url;
  }

  path(name: string): string {
    return join(this.home.dir, name);
  }

  uri(name: string): string {
    return pathToFileURL(this.path(name)).href;
  }

  get env(): Record<string, string> {
    return {
      SRVAU_NATS_URL: this.nats.url,
      SRVAU_HOME: this.path('state'),
      SRVAU_FILE_ROOTS: `${this.home.dir}:${this.world.dir}`,
      SRVAU_JOB_LEASE_MS: '3000',
      SRVAU_JOB_RETRY_MS: '100',
    };
  }

  /** Starts one more service, and waits until it is ready. */
  async addWorker(
    service: 'training' | 'reward' = 'training',
    env: Record<string, string> = {},
  ): Promise<ServiceProcess> {
    const worker = new ServiceProcess(service, { env: { ...this.env, ...env } });
    this.workers.push(worker);
    await worker.ready();
    return worker;
  }

  async removeWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker[Symbol.asyncDispose]()));
  }

  /** One thread, so that runs compare bit for bit. */
  request(out: string, change: Partial<TrainRequest> = {}): TrainRequest {
    const { config = {}, ...rest } = change;
    return {
      model: pathToFileURL(this.world.model).href,
      data: pathToFileURL(this.world.data).href,
      out: this.uri(out),
      config: { ...config, compute: { threads: 1, ...(config['compute'] as object | undefined) } },
      ...rest,
    };
  }

  async ask<T>(subject: string, body: object): Promise<T> {
    return (await this.client.request(subject, JSON.stringify(body), { timeout: 20_000 })).json<T>();
  }

  async submit(kind: 'sft' | 'grpo', out: string, change: Partial<TrainRequest> = {}): Promise<string> {
    const reply = await this.ask<JobAccepted | { error: Refusal }>(`srvau.training.${kind}`, this.request(out, change));
    if ('jobId' in reply) return reply.jobId;
    throw new Error(`expected a job, received ${JSON.stringify(reply)}`);
  }

  async refused(kind: 'sft' | 'grpo', request: object): Promise<Refusal> {
    const reply = await this.ask<{ error?: Refusal }>(`srvau.training.${kind}`, request);
    if (reply.error !== undefined) return reply.error;
    throw new Error(`expected a refusal, received ${JSON.stringify(reply)}`);
  }

  job(jobId: string): Promise<JobRecord> {
    return this.ask<JobRecord>('srvau.jobs.get', { jobId });
  }

  /** Waits for the end of a job, however it ends. */
  ended(jobId: string, deadlineMs?: number): Promise<JobRecord> {
    return endOfJob(jobId, (id) => this.job(id), deadlineMs);
  }

  async summary(jobId: string, deadlineMs?: number): Promise<TrainSummary> {
    return resultOf(await this.ended(jobId, deadlineMs));
  }

  /** `metrics.jsonl` as it is. */
  metrics(out: string): Promise<string> {
    return readFile(join(this.path(out), 'metrics.jsonl'), 'utf8');
  }

  async events(out: string): Promise<RunEvent[]> {
    const text = await readFile(join(this.path(out), 'events.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunEvent);
  }

  /** Waits for an event of a run. */
  async saysOfRun(out: string, kind: RunEvent['kind']): Promise<void> {
    const said = async (): Promise<boolean> => (await this.events(out)).some((event) => event.kind === kind);
    await eventually(`an event "${kind}" of ${out}`, said, DEADLINE_MS);
  }

  /** Lines that are logged. */
  async stepsOf(out: string): Promise<number> {
    const text = await this.metrics(out).catch(() => '');
    return text.split('\n').filter((line) => line !== '').length;
  }

  /** Waits until so many steps are logged. */
  async underWay(out: string, steps: number): Promise<void> {
    await eventually(`${steps} steps of ${out}`, async () => (await this.stepsOf(out)) >= steps, DEADLINE_MS);
  }

  /** Waits until there is a checkpoint beside that of the beginning. */
  async hasCheckpoint(out: string): Promise<string> {
    const dir = join(this.path(out), 'checkpoints');
    const find = async (): Promise<string | undefined> =>
      (await readdir(dir).catch(() => [])).find((name) => /^step-\d*[1-9]\d*$/.test(name));
    return eventually(`a checkpoint of ${out}`, find, DEADLINE_MS);
  }

  /** Processes of the ranks of a job's last attempt by this worker. */
  async ranks(worker: ServiceProcess, jobId: string): Promise<number[]> {
    const find = (): number[] | undefined => {
      const ofJob = worker.log.filter((line) => line.msg === 'ranks started' && line['jobId'] === jobId);
      return ofJob.at(-1)?.['pids'] as number[] | undefined;
    };
    return eventually(`ranks of ${jobId}`, find, DEADLINE_MS);
  }

  async gone(pids: readonly number[]): Promise<void> {
    await eventually(`processes ${pids.join(', ')} are gone`, () => pids.every((pid) => !isRunning(pid)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.removeWorkers();
    await this.client.close();
    await this.nats.kill();
    this.world.dispose();
    await this.home[Symbol.asyncDispose]();
  }
}
