import type { PreparedBatch, TrainingData } from './training-data';
import type { TrainingItem } from './training-item';

interface Ahead {
  readonly items: readonly TrainingItem[];
  readonly batch: Promise<PreparedBatch>;
}

/** Prepares the next batch of prompts while one is in use; never more than one ahead. */
export class BatchPrefetch implements AsyncDisposable {
  readonly #end = new AbortController();
  #ahead: Ahead | undefined;

  constructor(private readonly data: Pick<TrainingData, 'prepareAll'>) {}

  /**
   * @param next begun with as soon as this batch is there; what will be asked for then, the same list
   * @returns the batch, which the caller releases
   */
  async take(
    items: readonly TrainingItem[],
    next: readonly TrainingItem[] | undefined,
    signal: AbortSignal,
  ): Promise<PreparedBatch> {
    const batch = await this.#taken(items, signal);
    if (next !== undefined && !this.#end.signal.aborted) {
      const ahead = this.data.prepareAll(next, this.#end.signal);
      // Told when it is asked for.
      ahead.catch(() => undefined);
      this.#ahead = { items: next, batch: ahead };
    }
    return batch;
  }

  async #taken(items: readonly TrainingItem[], signal: AbortSignal): Promise<PreparedBatch> {
    signal.throwIfAborted();
    const ahead = this.#ahead;
    if (ahead === undefined) return this.data.prepareAll(items, signal);
    this.#ahead = undefined;
    // A step that is done again after it was cut off asks for its own batch, not for the one after it.
    if (ahead.items !== items) {
      await released(ahead);
      return this.data.prepareAll(items, signal);
    }
    // What is under way belongs to nobody but this call: with it, it ends.
    const stop = (): void => this.#end.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await ahead.batch;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('no further batch is wanted'));
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) await released(ahead);
  }
}

/** What nobody asked for cannot fail. */
const released = ({ batch }: Ahead): Promise<void> =>
  batch.then(
    ({ release }) => release(),
    () => undefined,
  );
