import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { checkDataset } from '@srvau/synthetic';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { synthCheckText } from '../render/synth';
import { CountView } from '../synth/count-view';
import type { SynthCheckOptions } from '../synth/options';

/** `srvau synth check`: what the questions of a directory give away. */
export async function synthCheck(options: SynthCheckOptions, io: Io): Promise<number> {
  const view = new CountView(io.terminal, 'looking', 'clips');
  try {
    const check = await checkDataset(resolve(io.cwd, options.dir), {
      signal: io.interrupts.signal,
      maxClips: options.maxClips,
      concurrency: options.workers ?? availableParallelism(),
      onProgress: (done, total) => view.update(Math.min(done, total), total),
    });
    view.close();
    if (options.json) io.terminal.printJson(check);
    else io.terminal.print(synthCheckText(check, io.terminal.colors));
    return EXIT.ok;
  } finally {
    view.close();
  }
}
