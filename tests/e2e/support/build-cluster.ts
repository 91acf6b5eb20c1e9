import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { BuildRequest, BuildSummary, DatasetRow, JobAccepted, JobRecord } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { makeRow, writeSmallDataset } from '../../../apps/dataset/test/small-dataset';
import { endOfJob, resultOf } from './end-of-job';
import { eventually } from './eventually';
import { ServiceProcess, type ServiceProcessOptions } from './service-process';
import { type TempHome, tempHome } from './temp-home';

const DEADLINE_MS = 120_000;

type WorkerOptions = Pick<ServiceProcessOptions, 'env' | 'launcher'>;

/** NATS, any number of dataset services, and a dataset to build from. */
export class BuildCluster implements AsyncDisposable {
  readonly workers: ServiceProcess[] = [];

  private constructor(
    private readonly home: TempHome,
    private nats: NatsServerProcess,
    private readonly client: NatsConnection,
  ) {}

  static async start(
    rows: readonly DatasetRow[] = Array.from({ length: 60 }, (_, i) => makeRow(i)),
  ): Promise<BuildCluster> {
    const home = await tempHome();
    const nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
    const client = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    await writeSmallDataset(join(home.dir, 'dataset'), rows);
    return new BuildCluster(home, nats, client);
  }

  /** Of a name in the home of this cluster; a whole path stays as it is. */
  path(name: string): string {
    return resolve(this.home.dir, name);
  }

  /** Starts one more worker, and waits until it is ready. */
  async addWorker({ env = {}, launcher = [] }: WorkerOptions = {}): Promise<ServiceProcess> {
    const worker = new ServiceProcess('dataset', {
      launcher,
      env: {
        SRVAU_NATS_URL: this.nats.url,
        SRVAU_HOME: this.path(`home ${this.workers.length}`),
        SRVAU_FILE_ROOTS: this.home.dir,
        SRVAU_JOB_LEASE_MS: '3000',
        SRVAU_JOB_RETRY_MS: '100',
        ...env,
      },
    });
    this.workers.push(worker);
    await worker.ready();
    return worker;
  }

  async killNats(): Promise<void> {
    await this.nats.kill();
  }

  async restartNats(): Promise<void> {
    this.nats = await NatsServerProcess.start({ dir: this.path('nats'), port: this.nats.port });
  }

  /** `model` and `teacher` by default the scripted ones; shards are small, so that there is something to share. */
  request(out: string, change: Partial<BuildRequest> = {}): BuildRequest {
    return {
      dataset: this.uri('dataset'),
      out: this.uri(out),
      model: 'scripted:?accuracy=0.5',
      teacher: 'scripted:',
      shardItems: 5,
      ...change,
    };
  }

  async submit(out: string, change: Partial<BuildRequest> = {}): Promise<string> {
    const body = JSON.stringify(this.request(out, change));
    const reply = await this.client.request('srvau.dataset.build', body, { timeout: 20_000 });
    const accepted = reply.json<JobAccepted | { error: unknown }>();
    if ('jobId' in accepted) return accepted.jobId;
    throw new Error(`expected a job, received ${JSON.stringify(accepted)}`);
  }

  async ask<T>(subject: string, body: object): Promise<T> {
    return (await this.client.request(subject, JSON.stringify(body), { timeout: 5_000 })).json<T>();
  }

  job(jobId: string): Promise<JobRecord> {
    return this.ask<JobRecord>('srvau.jobs.get', { jobId });
  }

  /** The shards' jobs, in no order. */
  async shardJobs(): Promise<JobRecord[]> {
    const { jobs } = await this.ask<{ jobs: JobRecord[] }>('srvau.jobs.list', {
      kind: 'dataset.build-shard',
      limit: 1000,
    });
    return jobs;
  }

  /** Waits for the end of a job, however it ends. */
  ended(jobId: string): Promise<JobRecord> {
    return endOfJob(jobId, (id) => this.job(id));
  }

  async summary(jobId: string): Promise<BuildSummary> {
    return resultOf(await this.ended(jobId));
  }

  /** Lines that workers have written and not merged yet. */
  async finishedItems(out: string): Promise<number> {
    const work = this.path(join(out, 'work'));
    const entries = await readdir(work, { recursive: true, withFileTypes: true }).catch(() => []);
    const journals = entries.filter(
      ({ name, parentPath }) => name.endsWith('.jsonl') && parentPath.includes('/parts/'),
    );
    const texts = await Promise.all(journals.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
    return texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);
  }

  /** Waits until so many items are finished. */
  async underWay(out: string, items: number): Promise<void> {
    await eventually(`${items} items of ${out}`, async () => (await this.finishedItems(out)) >= items, DEADLINE_MS);
  }

  /** Everything that a finished build has written, by name. */
  async contents(out: string): Promise<Record<string, string>> {
    const names = (await readdir(this.path(out))).sort();
    const texts = await Promise.all(names.map((name) => readFile(this.path(join(out, name)), 'base64')));
    return Object.fromEntries(names.map((name, i) => [name, texts[i] ?? '']));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker[Symbol.asyncDispose]()));
    await this.client.close();
    await this.nats.kill();
    await this.home[Symbol.asyncDispose]();
  }

  private uri(name: string): string {
    return pathToFileURL(this.path(name)).href;
  }
}
