import { join } from 'node:path';
import type { Api, Subject } from '@srvau/contracts';
import { NatsLink, NatsServerProcess, type RequestOptions, ServiceClient } from '@srvau/messaging';
import { ServiceProcess } from './service-process';
import { type TempHome, tempHome } from './temp-home';

export const PLUGINS = join(__dirname, '../../fixtures/plugins');
export const fixture = (name: string): string => join(PLUGINS, name);

/** Replicas of the reward service on a NATS server of their own, and a client; `stop` ends all of it. */
export class RewardCluster {
  readonly replicas: ServiceProcess[] = [];

  private constructor(
    private readonly temp: TempHome,
    readonly nats: NatsServerProcess,
    private readonly env: Record<string, string>,
    private readonly link: NatsLink,
    readonly client: ServiceClient,
  ) {}

  static async start({
    env = {},
    replicas = 1,
    maxPayload,
  }: { env?: Record<string, string>; replicas?: number; maxPayload?: number } = {}): Promise<RewardCluster> {
    const temp = await tempHome();
    const options = maxPayload === undefined ? {} : { maxPayload };
    const nats = await NatsServerProcess.start({ dir: join(temp.dir, 'nats'), ...options });
    const link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
    const cluster = new RewardCluster(
      temp,
      nats,
      { SRVAU_NATS_URL: nats.url, SRVAU_HOME: join(temp.dir, 'state'), ...env },
      link,
      new ServiceClient(link),
    );
    await Promise.all(Array.from({ length: replicas }, () => cluster.addReplica()));
    return cluster;
  }

  /** A folder that goes with the test. */
  get dir(): string {
    return this.temp.dir;
  }

  get service(): ServiceProcess {
    const [first] = this.replicas;
    if (first === undefined) throw new Error('no replica was started');
    return first;
  }

  async addReplica(): Promise<ServiceProcess> {
    const replica = new ServiceProcess('reward', { env: this.env });
    this.replicas.push(replica);
    return replica.ready();
  }

  request<S extends Subject>(
    subject: S,
    body: Api[S]['request'],
    options: RequestOptions = {},
  ): Promise<Api[S]['reply']> {
    return this.client.request(subject, body, { timeoutMs: 30_000, ...options });
  }

  /** `POST /get_reward` */
  async getReward(body: unknown, query = ''): Promise<{ status: number; headers: Headers; body: unknown }> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await this.service.http(`/get_reward${query}`, { method: 'POST', body: text });
    return { ...answer, body: JSON.parse(answer.body) as unknown };
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica[Symbol.asyncDispose]()));
    await this.link.drain();
    await this.nats.kill();
    await this.temp[Symbol.asyncDispose]();
  }
}
