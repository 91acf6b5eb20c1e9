import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { ServiceName } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';

/** NATS, a training and a reward service, each a process of its own. */
export class Services implements AsyncDisposable {
  readonly #lost = new AbortController();

  private constructor(
    private readonly nats: NatsServerProcess,
    private readonly children: readonly ChildProcess[],
    readonly connection: NatsConnection,
  ) {
    for (const child of children) child.once('exit', () => this.#lost.abort(new Error('a service has ended')));
  }

  /** Aborts when one of the services ends: nobody answers any more. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** @param dir for their files, and all that the training service may touch */
  static async start(dir: string): Promise<Services> {
    const nats = await NatsServerProcess.start({ dir: join(dir, 'nats') });
    const children: ChildProcess[] = [];
    try {
      for (const service of ['reward', 'training'] as const) {
        const child = startService(service, dir, nats.url);
        children.push(child);
        await readiness(service, child);
      }
      return new Services(nats, children, await connect({ servers: nats.url }));
    } catch (error) {
      await stopAll(children, nats);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
    await stopAll(this.children, this.nats);
  }
}

function startService(service: ServiceName, dir: string, url: string): ChildProcess {
  const { resolve } = createRequire(__filename);
  const program = join(dirname(resolve(`@srvau/${service}/package.json`)), 'dist/main.js');
  const { PATH = '', HOME = '', SRVAU_FFMPEG, SRVAU_FFPROBE } = process.env;
  const env = {
    ...{ PATH, HOME, SRVAU_NATS_URL: url, SRVAU_HOME: join(dir, 'state', service), SRVAU_HTTP_PORT: '0' },
    ...{ SRVAU_FILE_ROOTS: dir, SRVAU_LOG_LEVEL: 'error' },
    ...(SRVAU_FFMPEG === undefined ? {} : { SRVAU_FFMPEG }),
    ...(SRVAU_FFPROBE === undefined ? {} : { SRVAU_FFPROBE }),
  };
  return fork(program, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function readiness(service: ServiceName, child: ChildProcess): Promise<void> {
  const early = once(child, 'exit').then(() => {
    throw new Error(`the ${service} service ended before it was ready`);
  });
  await Promise.race([once(child, 'message'), early]);
}

async function stopAll(children: readonly ChildProcess[], nats: NatsServerProcess): Promise<void> {
  for (const child of children) if (child.exitCode === null && child.kill()) await once(child, 'exit');
  await nats.stop();
}
