import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import type { BuildRequest } from '@srvau/contracts';
import { fileUri } from '@srvau/storage';
import { runBuild } from './follow';
import { writeDataset } from './rows';

const SHARD_ITEMS = 32;
/** As many as are in the queue when everybody is killed at once; half of the items of each are done. */
const OPEN_SHARDS = 64;

export interface ResumeFigures {
  resumeSec: number;
  openShards: number;
  bytesMib: number;
}

/**
 * Lays a build of `items` items out on disk as it is when everybody is killed near its end, and measures how long the
 * service takes from the request until it says what is done.
 */
export async function measureResume(dir: string, connection: NatsConnection, items: number): Promise<ResumeFigures> {
  await writeDataset(join(dir, 'many rows'), items);
  const out = join(dir, 'resume');
  const request: BuildRequest = {
    ...{ dataset: fileUri(join(dir, 'many rows')), out: fileUri(out), model: 'scripted:', teacher: 'scripted:' },
    ...{ tasks: ['qa'], shardItems: SHARD_ITEMS, fps: 1 },
  };
  // A real build of the first shards gives the plan, and a record to make the others of.
  await runBuild(connection, request, ({ stage, done }) => (stage === 'items' && done > 0 ? 'cancel' : undefined));
  const bytes = await finishParts(await planOf(out));
  let resumeSec = NaN;
  const startedAt = performance.now();
  await runBuild(connection, { ...request, idempotencyKey: 'again' }, ({ stage, done }) => {
    if (stage !== 'items' || done < items / 2) return undefined;
    if (Number.isNaN(resumeSec)) resumeSec = (performance.now() - startedAt) / 1000;
    return 'cancel';
  });
  await rm(out, { recursive: true, force: true });
  return { resumeSec, openShards: OPEN_SHARDS, bytesMib: bytes / 2 ** 20 };
}

async function planOf(out: string): Promise<string> {
  const { plan } = JSON.parse(await readFile(join(out, 'work/build.json'), 'utf8')) as { plan: string };
  return join(out, 'work', plan);
}

/** Writes journals and marks for every shard, as workers would, from the first record that a worker has written. */
async function finishParts(plan: string): Promise<number> {
  const template = await firstRecord(plan);
  await rename(join(plan, 'parts'), join(plan, 'parts-before'));
  await rename(join(plan, 'done'), join(plan, 'done-before'));
  await mkdir(join(plan, 'done'));
  const lines = (await readFile(join(plan, 'shards.jsonl'), 'utf8')).trimEnd().split('\n');
  let bytes = 0;
  for (const [shard, line] of lines.entries()) {
    const { rows, items } = JSON.parse(line) as { rows: { row: { id: string } }[]; items: { row: number }[] };
    const name = String(shard).padStart(6, '0');
    const isOpen = shard >= lines.length - OPEN_SHARDS;
    const finished = isOpen ? items.slice(0, items.length / 2) : items;
    const journal = finished
      .map(({ row }) => template.replaceAll('"@id"', JSON.stringify(`${rows[row]?.row.id}:qa:0`)))
      .join('');
    bytes += journal.length;
    await mkdir(join(plan, 'parts', name), { recursive: true });
    await writeFile(join(plan, 'parts', name, '0001-bench.jsonl'), journal);
    const usage = { promptTokens: 1, completionTokens: 1, costUsd: null };
    const tally = { items: items.length, records: items.length, rejects: 0, usage };
    if (!isOpen) await writeFile(join(plan, 'done', `${name}.json`), JSON.stringify(tally));
  }
  await rm(join(plan, 'parts-before'), { recursive: true });
  await rm(join(plan, 'done-before'), { recursive: true });
  return bytes;
}

async function firstRecord(plan: string): Promise<string> {
  for (const { parentPath, name } of await readdir(join(plan, 'parts'), { recursive: true, withFileTypes: true })) {
    const path = join(parentPath, name);
    if (!name.endsWith('.jsonl') || (await stat(path)).size === 0) continue;
    const line = (await readFile(path, 'utf8')).split('\n')[0] ?? '';
    const { record } = JSON.parse(line) as { record?: { id: string } };
    if (record !== undefined) return `${line.replaceAll(JSON.stringify(record.id), '"@id"')}\n`;
  }
  throw new Error('expected a record in the parts of a build that was interrupted');
}
