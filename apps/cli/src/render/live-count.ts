import type { Terminal } from '../terminal';
import { countText } from './text';

const EVERY = 500;

/** A last line that says how far a command is, where somebody watches. */
export function liveCount(terminal: Terminal, unit: string): { show: (done: number) => void; clear: () => void } {
  return {
    show: (done) => {
      if (terminal.live && done % EVERY === 0) terminal.showLive(`${countText(done)} ${unit}s`);
    },
    clear: () => {
      if (terminal.live) terminal.showLive('');
    },
  };
}
