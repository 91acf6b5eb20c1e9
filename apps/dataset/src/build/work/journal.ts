import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { ensureDirectory, errnoOf, JsonlLog } from '@srvau/storage';
import type { ItemOutcome } from '../item/build-item';
import { LineReader } from './line-reader';

/** Id of what a line of a journal tells of. */
export const idOf = (outcome: ItemOutcome): string => ('record' in outcome ? outcome.record.id : outcome.reject.id);

/**
 * What one run at a shard has finished, a line an item.
 *
 * Each run writes a file of its own, and nobody ever writes another's. A worker that was given up although it lived (its
 * network was away) may therefore go on for a while beside its successor without harm: of an item that both have
 * finished, the line of the file that comes first counts.
 */
export class Journal implements AsyncDisposable {
  private constructor(private readonly log: JsonlLog) {}

  /** @param dir of the shard's journals */
  static async open(dir: string, attempt: number): Promise<Journal> {
    await ensureDirectory(dir);
    const name = `${String(attempt).padStart(4, '0')}-${randomBytes(4).toString('hex')}.jsonl`;
    return new Journal(await JsonlLog.open(join(dir, name), { durable: 'together' }));
  }

  /** On return the line is on disk. Items that finish together share one sync. */
  append(outcome: ItemOutcome): Promise<void> {
    return this.log.append(outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
  }
}

/** Files of a shard's journals, in the order in which they count. */
export async function journalFiles(dir: string): Promise<string[]> {
  try {
    const names = await readdir(dir);
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => join(dir, name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Every finished item of a shard, once. A line without its end, which a kill has left, does not count. */
export async function* readJournals(dir: string): AsyncGenerator<ItemOutcome> {
  const seen = new Set<string>();
  for (const file of await journalFiles(dir)) {
    for await (const outcome of new LineReader(file, readOutcome).read()) {
      const id = idOf(outcome);
      if (seen.has(id)) continue;
      seen.add(id);
      yield outcome;
    }
  }
}

/** @throws SrvauError UNPROCESSABLE: the line is no outcome; somebody has been at the file. */
export function readOutcome(line: string, where: string): ItemOutcome {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw SrvauError.mismatch('UNPROCESSABLE', where, 'a line that a build has written', 'no JSON', { cause });
  }
  const { record, reject } = (value ?? {}) as Partial<Record<'record' | 'reject', { id?: unknown }>>;
  if (typeof (record ?? reject)?.id === 'string') return value as ItemOutcome;
  throw SrvauError.mismatch('UNPROCESSABLE', where, 'a line that a build has written', 'something else');
}
