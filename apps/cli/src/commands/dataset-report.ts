import { resolve } from 'node:path';
import { writeReport } from '@srvau/reflection-data';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { ReportDatasetOptions } from '../options';
import { bytesText, plural, printable } from '../render/text';

/** `srvau dataset report`: reads the directory itself; needs no service. */
export async function datasetReport(options: ReportDatasetOptions, { terminal, cwd }: Io): Promise<number> {
  const { samples, frames, dataset, json } = options;
  const out = resolve(cwd, options.out);
  const summary = await writeReport(resolve(cwd, options.dir), out, {
    samples,
    frames,
    ...(dataset === undefined ? {} : { dataset: resolve(cwd, dataset) }),
  });
  if (json) {
    terminal.printJson({ out, ...summary });
    return EXIT.ok;
  }
  const shown = `${plural(summary.samples, 'record')}, ${plural(summary.frames, 'frame')}, ${bytesText(summary.bytes)}`;
  terminal.print(`${terminal.colors.green('✓')} ${printable(out)}: ${shown}`);
  if (summary.dataset === null && frames > 0 && summary.samples > 0) {
    terminal.note('no frames: the parent dataset is not here, or has changed; --dataset names it');
  }
  return EXIT.ok;
}
