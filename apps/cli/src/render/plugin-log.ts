import type { HostLog } from '@srvau/reward-host';
import type { Terminal } from '../terminal';
import { printable } from './text';

/** What plugins print and say, on standard error; what they merely tell only for those who ask for it. */
export function pluginLog(terminal: Terminal, verbose: boolean): HostLog {
  return (level, message, { plugin }) => {
    if (verbose || level === 'warn') terminal.note(terminal.noteColors.dim(`${plugin}: ${printable(message)}`));
  };
}
