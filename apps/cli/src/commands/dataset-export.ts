import { resolve } from 'node:path';
import type { ReflectRecord } from '@srvau/contracts';
import { exportDataset, frameIndices, framePath, inspectReflectDataset, parentOf } from '@srvau/reflection-data';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import type { ExportDatasetOptions } from '../options';
import { countText, plural, printable } from '../render/text';
import { table } from '../render/table';
import { liveCount } from '../render/live-count';

/** `srvau dataset export`: in this process; needs no service. */
export async function datasetExport(options: ExportDatasetOptions, io: Io): Promise<number> {
  const { terminal, interrupts, cwd } = io;
  const { format, videos, parts, json } = options;
  const [dir, out] = [resolve(cwd, options.dir), resolve(cwd, options.out)];
  const framesOf = await framesFor(options, dir, cwd);
  const live = liveCount(terminal, 'record');
  try {
    const card = await exportDataset(dir, out, {
      format,
      withoutParts: !parts,
      signal: interrupts.signal,
      onRecord: live.show,
      ...(videos === undefined ? {} : { videos: resolve(cwd, videos) }),
      ...(framesOf === undefined ? {} : { framesOf }),
    });
    live.clear();
    if (json) terminal.printJson({ out, ...card });
    else {
      const rows = Object.entries(card.files).map(([file, lines]) => [countText(lines), file]);
      if (rows.length > 0) terminal.print(table(rows, terminal.colors, { right: [0], indent: 2 }));
      const files = plural(rows.length, 'file');
      terminal.print(`${terminal.colors.green('✓')} ${printable(out)}: ${files} for ${format}`);
    }
    return EXIT.ok;
  } finally {
    live.clear();
  }
}

type FramesOf = (record: ReflectRecord) => Promise<string[]>;

async function framesFor(options: ExportDatasetOptions, dir: string, cwd: string): Promise<FramesOf | undefined> {
  const { frames, format } = options;
  if (frames === undefined) return undefined;
  if (format !== 'trl') throw usageError(`--frames: expected --format trl, received ${format}, which takes videos`);
  const given = options.dataset === undefined ? undefined : resolve(cwd, options.dataset);
  const dataset = given ?? (await parentOf(await inspectReflectDataset(dir)));
  if (dataset === null)
    throw usageError('--frames: the parent dataset is not here, or has changed; --dataset names it');
  return async ({ videoKey }) => {
    const indices = await frameIndices(dataset, videoKey, frames);
    return indices.map((index) => framePath(dataset, videoKey ?? '', index));
  };
}
