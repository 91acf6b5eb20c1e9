import { setTimeout as sleep } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';
import type { Readiness } from '@srvau/service';

/** Of the time that the process has to end, what is left to work under way; the rest is for its refusal to arrive. */
const SHARE = 0.6;

/** Work that a stopping process lets end if it soon does, and otherwise refuses while it can still answer. */
export class Draining {
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(readiness: Readiness, drainMs: number) {
    readiness.beforeClosing(() => this.finish(drainMs * SHARE));
  }

  /** Aborts when there is no time left. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  async holding<T>(work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    const held = work();
    this.underWay.add(held);
    try {
      return await held;
    } finally {
      this.underWay.delete(held);
    }
  }

  private async finish(ms: number): Promise<void> {
    const enough = new AbortController();
    const late = sleep(ms, undefined, { signal: enough.signal }).then(
      () => this.stopping.abort(new SrvauError('UNAVAILABLE', 'the service stops; ask again', { retryAfterMs: 1_000 })),
      () => undefined,
    );
    await Promise.race([late, Promise.allSettled(this.underWay)]);
    enough.abort();
    await Promise.allSettled(this.underWay);
  }
}
