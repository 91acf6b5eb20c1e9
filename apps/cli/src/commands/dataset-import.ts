import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { importDataset } from '@srvau/reflection-data';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { ImportDatasetOptions } from '../options';
import { liveCount } from '../render/live-count';
import { plural, printable } from '../render/text';

/** `srvau dataset import`: in this process; needs no service. */
export async function datasetImport(options: ImportDatasetOptions, io: Io): Promise<number> {
  const { terminal, interrupts, cwd } = io;
  const { format, splits, salt } = options;
  const out = resolve(cwd, options.out);
  const live = liveCount(terminal, 'line');
  try {
    const card = await importDataset(resolve(cwd, options.path), out, {
      format,
      writtenBy: packageName(),
      signal: interrupts.signal,
      onLine: live.show,
      ...(splits === undefined ? {} : { splits: { shares: splits, salt } }),
    });
    live.clear();
    const { all, bySplit } = card.statistics;
    if (options.json) terminal.printJson({ out, ...card });
    else {
      const dealt = Object.entries(bySplit).map(([split, counts]) => `${split} ${counts.records}`);
      const what = `${plural(all.records, 'record')} of ${plural(all.videos, 'video')} (${dealt.join(', ')})`;
      terminal.print(`${terminal.colors.green('✓')} ${printable(out)}: ${what}`);
    }
    return EXIT.ok;
  } finally {
    live.clear();
  }
}

function packageName(): string {
  const { name, version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return `${name}@${version}`;
}
