import type { ReflectUsage } from '@srvau/contracts';
import type { ItemOutcome } from '../item/build-item';
import { addUsage, NO_USAGE } from '../item/usage';

/** What came of some items. */
export interface Tally {
  items: number;
  records: number;
  rejects: number;
  usage: ReflectUsage;
}

export const emptyTally = (): Tally => ({ items: 0, records: 0, rejects: 0, usage: NO_USAGE });

export function count(tally: Tally, outcome: ItemOutcome): void {
  tally.items += 1;
  if ('record' in outcome) {
    const { initial, teacher } = outcome.record.provenance;
    tally.records += 1;
    if (initial !== null) tally.usage = addUsage(tally.usage, initial);
    if (teacher !== null) tally.usage = addUsage(tally.usage, teacher);
  } else {
    tally.rejects += 1;
    tally.usage = addUsage(tally.usage, outcome.reject.usage);
  }
}

export function sum(tallies: Iterable<Tally>): Tally {
  const total = emptyTally();
  for (const { items, records, rejects, usage } of tallies) {
    total.items += items;
    total.records += records;
    total.rejects += rejects;
    total.usage = addUsage(total.usage, usage);
  }
  return total;
}
