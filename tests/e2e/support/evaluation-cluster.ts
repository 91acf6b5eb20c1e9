import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NatsServerProcess } from '@srvau/messaging';
import { makeRow, writeSmallDataset } from '../../../apps/dataset/test/small-dataset';
import { startFakeOpenai } from '../../../libs/models/test/fake-openai/server.mjs';
import { ServiceProcess } from './service-process';
import { type TempHome, tempHome } from './temp-home';

type Endpoint = Awaited<ReturnType<typeof startFakeOpenai>>;
type EndpointOptions = NonNullable<Parameters<typeof startFakeOpenai>[0]>;

const CLIP = join(__dirname, '../../fixtures/cctv/path_walkers.mp4');
const ROWS = 4;

/** NATS, an evaluation service, an endpoint whose model it asks by default, a clip, and a dataset of four rows on it. */
export class EvaluationCluster implements AsyncDisposable {
  private constructor(
    private readonly home: TempHome,
    readonly nats: NatsServerProcess,
    readonly endpoint: Endpoint,
    private readonly env: Record<string, string>,
    public service: ServiceProcess,
  ) {}

  static async start(
    endpointOptions: EndpointOptions = {},
    env: Record<string, string> = {},
  ): Promise<EvaluationCluster> {
    const home = await tempHome();
    const nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
    const endpoint = await startFakeOpenai(endpointOptions);
    await copyFile(CLIP, join(home.dir, 'clip.mp4'));
    const dataset = join(home.dir, 'dataset');
    const rows = Array.from({ length: ROWS }, (_, i) => makeRow(i, { video: 'clip.mp4', videoKey: 'clip' }));
    await writeSmallDataset(dataset, rows);
    await copyFile(CLIP, join(dataset, 'videos/clip.mp4'));
    const variables = {
      ...{ SRVAU_NATS_URL: nats.url, SRVAU_HOME: join(home.dir, 'state'), SRVAU_FILE_ROOTS: home.dir },
      ...{ SRVAU_EVALUATION_MODEL: `openai:${endpoint.url}#model`, ...env },
    };
    const service = await new ServiceProcess('evaluation', { env: variables }).ready();
    return new EvaluationCluster(home, nats, endpoint, variables, service);
  }

  /** `http://127.0.0.1:port` of the service. */
  async url(): Promise<string> {
    const { httpPort } = await this.service.logged('HTTP listens');
    return `http://127.0.0.1:${String(httpPort)}`;
  }

  /** SIGKILL, after which nobody serves. */
  async killService(): Promise<void> {
    await this.service[Symbol.asyncDispose]();
  }

  async startService(): Promise<void> {
    this.service = await new ServiceProcess('evaluation', { env: this.env }).ready();
  }

  path(name: string): string {
    return join(this.home.dir, name);
  }

  /** Of `clip.mp4`, `dataset`, or what a test writes. */
  uri(name: string): string {
    return pathToFileURL(this.path(name)).href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    await this.endpoint.close();
    await this.nats.kill();
    await this.home[Symbol.asyncDispose]();
  }
}
