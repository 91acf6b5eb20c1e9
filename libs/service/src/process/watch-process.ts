import type { StructuredLog } from '@srvau/contracts';
import { EXIT } from '../exit-codes';
import type { Shutdown } from './shutdown';

/** Begins the shutdown for everything that may end a process from outside, and for faults that nobody caught. */
export function watchProcess(shutdown: Shutdown, log: StructuredLog): void {
  const onSignal = (signal: NodeJS.Signals): void => {
    // Ctrl-C on a terminal goes to the whole group. A parent that holds an IPC channel decides for its children:
    // it may want them to finish something first, and tells them by SIGTERM or by closing the channel.
    if (signal === 'SIGINT' && process.connected) return;
    if (shutdown.begun) shutdown.now(`second signal ${signal}`);
    else shutdown.begin(`signal ${signal}`, EXIT.ok);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // The kernel closes the channel when the parent ends, however it ends.
  process.on('disconnect', () => shutdown.begin('the parent process closed its channel', EXIT.ok));
  // Unhandled rejections come here too.
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'uncaught exception');
    shutdown.begin('an uncaught exception', EXIT.failure);
  });
}
