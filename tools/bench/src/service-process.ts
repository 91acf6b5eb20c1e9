import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceName } from '@srvau/contracts';

const { resolve } = createRequire(__filename);

/**
 * A built service as a process of its own, ready. Its variables are these and no others of this process.
 * @param dir for its state, and all that it may touch
 */
export async function startService(
  service: ServiceName,
  dir: string,
  natsUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const program = join(dirname(resolve(`@srvau/${service}/package.json`)), 'dist/main.js');
  const { PATH = '', HOME = '', SRVAU_FFMPEG, SRVAU_FFPROBE } = process.env;
  const variables = {
    ...{ PATH, HOME, SRVAU_NATS_URL: natsUrl, SRVAU_HOME: join(dir, 'state'), SRVAU_HTTP_PORT: '0' },
    ...{ SRVAU_FILE_ROOTS: dir, SRVAU_LOG_LEVEL: 'warn' },
    ...(SRVAU_FFMPEG === undefined ? {} : { SRVAU_FFMPEG }),
    ...(SRVAU_FFPROBE === undefined ? {} : { SRVAU_FFPROBE }),
    ...env,
  };
  const child = fork(program, { env: variables, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const early = once(child, 'exit').then(() => {
    throw new Error(`the ${service} service ended before it was ready`);
  });
  await Promise.race([once(child, 'message'), early]);
  return child;
}
