import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NatsServerProcess } from '@srvau/messaging';
import { makeRow, writeSmallDataset } from '../../../apps/dataset/test/small-dataset';
import { startFakeOpenai } from '../../../libs/models/test/fake-openai/server.mjs';
import { EvaluationService } from './evaluation-service';
import type { ServiceProcess } from './service-process';
import { type TempHome, tempHome } from './temp-home';

type Endpoint = Awaited<ReturnType<typeof startFakeOpenai>>;
type EndpointOptions = NonNullable<Parameters<typeof startFakeOpenai>[0]>;

const CLIP = join(__dirname, '../../fixtures/cctv/path_walkers.mp4');
const ROWS = 4;

/** An evaluation service, an endpoint whose model it asks by default, a clip, and a dataset of four rows on it. */
export class EvaluationCluster implements AsyncDisposable {
  private constructor(
    private readonly home: TempHome,
    readonly endpoint: Endpoint,
    private readonly evaluation: EvaluationService,
  ) {}

  static async start(
    endpointOptions: EndpointOptions = {},
    env: Record<string, string> = {},
  ): Promise<EvaluationCluster> {
    const home = await tempHome();
    const endpoint = await startFakeOpenai(endpointOptions);
    await copyFile(CLIP, join(home.dir, 'clip.mp4'));
    const dataset = join(home.dir, 'dataset');
    const rows = Array.from({ length: ROWS }, (_, i) => makeRow(i, { video: 'clip.mp4', videoKey: 'clip' }));
    await writeSmallDataset(dataset, rows);
    await copyFile(CLIP, join(dataset, 'videos/clip.mp4'));
    const evaluation = await EvaluationService.start(home.dir, {
      SRVAU_EVALUATION_MODEL: `openai:${endpoint.url}#model`,
      ...env,
    });
    return new EvaluationCluster(home, endpoint, evaluation);
  }

  get nats(): NatsServerProcess {
    return this.evaluation.nats;
  }

  get service(): ServiceProcess {
    return this.evaluation.process;
  }

  /** `http://127.0.0.1:port` of the service. */
  async url(): Promise<string> {
    const { httpPort } = await this.service.logged('HTTP listens');
    return `http://127.0.0.1:${String(httpPort)}`;
  }

  /** SIGKILL, after which nobody serves. */
  killService(): Promise<void> {
    return this.evaluation.kill();
  }

  startService(): Promise<void> {
    return this.evaluation.startAgain();
  }

  path(name: string): string {
    return join(this.home.dir, name);
  }

  /** Of `clip.mp4`, `dataset`, or what a test writes. */
  uri(name: string): string {
    return pathToFileURL(this.path(name)).href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.evaluation[Symbol.asyncDispose]();
    await this.endpoint.close();
    await this.home[Symbol.asyncDispose]();
  }
}
