import { resolve } from 'node:path';
import { REFLECT_CARD_FORMAT, SrvauError } from '@srvau/contracts';
import { datasetFormatOf, inspectReflectDataset, readReflectRecords } from '@srvau/reflection-data';
import { inspectDataset, readDatasetRows } from '@srvau/storage';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { ShowDatasetOptions } from '../options';
import { datasetText } from '../render/dataset';
import { recordText, reflectText } from '../render/reflect';

/** `srvau dataset show`: reads the directory itself; needs no service. */
export async function datasetShow(options: ShowDatasetOptions, { terminal, cwd }: Io): Promise<number> {
  const path = resolve(cwd, options.dir);
  const { colors, columns } = terminal;
  if ((await datasetFormatOf(path)) === REFLECT_CARD_FORMAT) {
    const card = await inspectReflectDataset(path);
    const sample = await chosen(readReflectRecords(path), options);
    if (options.json) terminal.printJson({ dataset: path, ...card, sample });
    else if (options.id === undefined) terminal.print(reflectText(path, card, sample, { colors, columns }));
    else terminal.print(sample.map((record) => recordText(record, { colors, columns })).join('\n\n'));
    return EXIT.ok;
  }
  const card = await inspectDataset(path);
  const sample = await chosen(readDatasetRows(path), options);
  if (options.json) terminal.printJson({ dataset: path, ...card, sample });
  else terminal.print(datasetText(path, card, sample, { colors, columns }));
  return EXIT.ok;
}

/** The first ones, or the one that is asked for. @throws SrvauError NOT_FOUND where there is no such one. */
async function chosen<T extends { id: string }>(
  rows: AsyncIterable<T>,
  { limit, id }: Pick<ShowDatasetOptions, 'limit' | 'id'>,
): Promise<T[]> {
  const sample: T[] = [];
  if (limit === 0 && id === undefined) return sample;
  for await (const row of rows) {
    if (id !== undefined && row.id !== id) continue;
    sample.push(row);
    if (id !== undefined || sample.length >= limit) return sample;
  }
  if (id !== undefined) throw SrvauError.mismatch('NOT_FOUND', '--id', 'the id of a row', JSON.stringify(id));
  return sample;
}
