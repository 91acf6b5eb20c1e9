import { createHash } from 'node:crypto';
import type { ReflectRecord } from '@srvau/contracts';

interface Candidate {
  record: ReflectRecord;
  rank: string;
}

/**
 * Chooses records to look at: of every task and path equally many, as far as there are so many, and in each by the hash of
 * the id, which knows nothing of their order. The same records of the same dataset each time.
 *
 * @param count at most so many.
 * @returns in turns, one of every kind.
 */
export async function chooseSamples(records: AsyncIterable<ReflectRecord>, count: number): Promise<ReflectRecord[]> {
  const kinds = new Map<string, Candidate[]>();
  for await (const record of records) {
    const kind = `${record.task} ${record.path}`;
    const rank = createHash('sha256').update(record.id).digest('hex');
    const chosen = kinds.get(kind) ?? [];
    kinds.set(kind, chosen);
    const last = chosen.at(-1);
    if (chosen.length >= count && (last === undefined || last.rank < rank)) continue;
    const at = chosen.findIndex((other) => other.rank > rank);
    chosen.splice(at < 0 ? chosen.length : at, 0, { record, rank });
    if (chosen.length > count) chosen.pop();
  }
  const inTurns: ReflectRecord[] = [];
  const lists = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, chosen]) => chosen);
  for (let i = 0; inTurns.length < count && lists.some((list) => i < list.length); i += 1) {
    for (const list of lists) {
      const next = list[i];
      if (next !== undefined && inTurns.length < count) inTurns.push(next.record);
    }
  }
  return inTurns;
}
