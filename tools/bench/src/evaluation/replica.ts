import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** One replica of the service in a process of its own, ready. @param dir all that it may touch */
export async function startReplica(dir: string, url: string): Promise<ChildProcess> {
  const program = join(dirname(createRequire(__filename).resolve('@srvau/evaluation/package.json')), 'dist/main.js');
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    ...{ PATH, HOME, SRVAU_NATS_URL: url, SRVAU_HOME: join(dir, 'state'), SRVAU_HTTP_PORT: '0' },
    ...{ SRVAU_FILE_ROOTS: dir, SRVAU_LOG_LEVEL: 'warn' },
  };
  const child = fork(program, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the evaluation service ended before it was ready'))),
  ]);
  return child;
}
