import type { NamedIds } from '@srvau/contracts';

/** As many as help to find the fault; the count tells the rest. */
const MAX_IDS = 20;

export const noIds = (): NamedIds => ({ count: 0, ids: [] });

export function addId(named: NamedIds, id: string): void {
  named.count += 1;
  if (named.ids.length < MAX_IDS) named.ids.push(id);
}

/** Ids by the reason for which they are listed. */
export class IdsByReason {
  private readonly byReason = new Map<string, NamedIds>();

  add(reason: string, id: string): void {
    let named = this.byReason.get(reason);
    if (named === undefined) this.byReason.set(reason, (named = noIds()));
    addId(named, id);
  }

  /** In the order of the reasons' names. */
  toRecord(): Record<string, NamedIds> {
    return Object.fromEntries([...this.byReason].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
