import { resolve } from 'node:path';
import type { DatasetRow } from '@srvau/contracts';
import { inspectDataset, readDatasetRows } from '@srvau/storage';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { ShowDatasetOptions } from '../options';
import { datasetText } from '../render/dataset';

/** `srvau dataset show`: reads the directory itself; needs no service. */
export async function datasetShow({ dir, limit, json }: ShowDatasetOptions, { terminal, cwd }: Io): Promise<number> {
  const path = resolve(cwd, dir);
  const card = await inspectDataset(path);
  const sample: DatasetRow[] = [];
  if (limit > 0) {
    for await (const row of readDatasetRows(path)) {
      sample.push(row);
      if (sample.length >= limit) break;
    }
  }
  if (json) terminal.printJson({ dataset: path, ...card, sample });
  else terminal.print(datasetText(path, card, sample, { colors: terminal.colors, columns: terminal.columns }));
  return EXIT.ok;
}
