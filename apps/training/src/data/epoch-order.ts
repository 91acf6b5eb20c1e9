import { SrvauError } from '@srvau/contracts';
import { seededOrder } from './seeded-order';

export interface EpochOrderOptions {
  readonly seed: number;
  /** What there is to go through. */
  readonly items: number;
  /** Of one step, all ranks together. */
  readonly batchSize: number;
  /** The field that names batchSize in messages. */
  readonly field: string;
}

/**
 * Which items each batch of a run holds, as indices: a function of the seed and the batch's number alone.
 *
 * Every epoch is a permutation of its own, and the epochs follow each other without a gap: where the last items of one
 * make no whole batch, the batch is filled up from the beginning of the next. Items that the batch has already are then put
 * off until just after it. So every batch is whole, none holds an item twice, and no epoch does.
 */
export class EpochOrder {
  /** Of which epoch the first of #orders is. */
  #epoch = 0;
  /** At most two: no batch touches more. */
  #orders: Uint32Array[] = [];

  /** @throws SrvauError UNPROCESSABLE: fewer items than one batch needs */
  constructor(private readonly options: EpochOrderOptions) {
    const { items, batchSize, field } = options;
    if (items >= batchSize) return;
    const expected = `at most ${items}, which is as many as there are to train on`;
    throw SrvauError.mismatch('UNPROCESSABLE', field, expected, String(batchSize));
  }

  /** @param k from 0 */
  batch(k: number): readonly number[] {
    const { items, batchSize } = this.options;
    const epoch = Math.floor((k * batchSize) / items);
    const begin = k * batchSize - epoch * items;
    const batch = Array.from(this.#orderOf(epoch).subarray(begin, begin + batchSize));
    const lacks = batchSize - batch.length;
    return lacks === 0 ? batch : [...batch, ...this.#orderOf(epoch + 1).subarray(0, lacks)];
  }

  /** How often all items have been gone through after so many batches, with the part of the epoch that is under way. */
  epochsAfter(batches: number): number {
    return (batches * this.options.batchSize) / this.options.items;
  }

  /** Batches that go through all items so many times; the last one may go on into the next epoch. */
  batchesIn(epochs: number): number {
    return Math.ceil((epochs * this.options.items) / this.options.batchSize);
  }

  /** What is put off follows from the end of the epoch before, so epochs are made in turn. */
  #orderOf(epoch: number): Uint32Array {
    if (epoch < this.#epoch) {
      this.#epoch = 0;
      this.#orders = [];
    }
    for (;;) {
      const known = this.#orders[epoch - this.#epoch];
      if (known !== undefined) return known;
      this.#orders.push(this.#after(this.#orders.at(-1), this.#epoch + this.#orders.length));
      if (this.#orders.length <= 2) continue;
      this.#orders.shift();
      this.#epoch += 1;
    }
  }

  #after(previous: Uint32Array | undefined, epoch: number): Uint32Array {
    const { seed, items, batchSize } = this.options;
    const order = seededOrder(`srvau/order/${seed}/${epoch}`, items);
    const begun = (epoch * items) % batchSize;
    if (previous === undefined || begun === 0) return order;
    const inBatch = new Set(previous.subarray(items - begun));
    const fill = order.filter((index) => !inBatch.has(index)).subarray(0, batchSize - begun);
    const taken = new Set(fill);
    return Uint32Array.from([...fill, ...order.filter((index) => !taken.has(index))]);
  }
}

/** What one rank does of a batch: items rank, rank + worldSize, … of it. */
export function partOf<T>(batch: readonly T[], { rank, worldSize }: { rank: number; worldSize: number }): T[] {
  return batch.filter((_, i) => i % worldSize === rank);
}
