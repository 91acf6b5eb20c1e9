import { resolve } from 'node:path';
import type { Interrupts } from './interrupts';
import type { Terminal } from './terminal';

/** What every command gets of the process it runs in. */
export interface Io {
  terminal: Terminal;
  interrupts: Interrupts;
  env: NodeJS.ProcessEnv;
  /** Absolute. */
  cwd: string;
  /** Show the logs of services that the command starts. */
  verbose: boolean;
}

/** Directory of everything that commands keep on this machine: embedded NATS, logs, frame cache. */
export function homeOf(io: Pick<Io, 'env' | 'cwd'>): string {
  const home = io.env['SRVAU_HOME'];
  return resolve(io.cwd, home === undefined || home === '' ? '.srvau' : home);
}
