import { setTimeout as sleep } from 'node:timers/promises';
import type { StructuredLog } from '@srvau/contracts';

export interface OutageOptions {
  readonly log: StructuredLog;
  /** Called once for each outage that lasts. @param why what went wrong last */
  readonly onWaiting: (why: string) => void;
  /** Shorter ones, such as the restart of a replica, are nobody's business. */
  readonly tellAfterMs: number;
  readonly backoffMs: { readonly first: number; readonly most: number };
}

/** The times in which a service gives no scores, seen by all the requests that wait for it. */
export class Outage {
  #since: number | undefined;
  #told = false;

  constructor(private readonly options: OutageOptions) {}

  /** Notes a failed try, and waits before the next one. @param tries failed ones of this request, ≥ 1 */
  async wait(why: string, tries: number, signal: AbortSignal): Promise<void> {
    const { log, onWaiting, tellAfterMs, backoffMs } = this.options;
    this.#since ??= performance.now();
    if (!this.#told && performance.now() - this.#since >= tellAfterMs) {
      this.#told = true;
      log.warn({ reason: why }, 'waiting for the reward service');
      onWaiting(why);
    }
    const pause = Math.min(backoffMs.first * 2 ** (tries - 1), backoffMs.most) * (0.5 + Math.random() / 2);
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  over(): void {
    if (this.#told) this.options.log.info({}, 'the reward service answers again');
    this.#since = undefined;
    this.#told = false;
  }
}
