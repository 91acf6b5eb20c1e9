import type { ItemOutcome } from '../item/build-item';
import { idOf, journalFiles, readOutcome } from './journal';
import { LineReader } from './line-reader';
import { count, emptyTally, type Tally } from './tally';

/** Counts what is in the journals of a shard while workers write them; only what is new is read. */
export class LiveTally {
  readonly tally: Tally = emptyTally();
  private readonly readers = new Map<string, LineReader<ItemOutcome>>();
  private readonly seen = new Set<string>();

  constructor(private readonly dir: string) {}

  async read(): Promise<void> {
    for (const file of await journalFiles(this.dir)) {
      let reader = this.readers.get(file);
      if (reader === undefined) this.readers.set(file, (reader = new LineReader(file, readOutcome)));
      for await (const outcome of reader.read()) {
        const id = idOf(outcome);
        if (this.seen.has(id)) continue;
        this.seen.add(id);
        count(this.tally, outcome);
      }
    }
  }
}
