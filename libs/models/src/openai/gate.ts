import { type Clock, systemClock } from '../clock';
import { TokenBucket } from './token-bucket';

export interface GateLimits {
  /** Holders at a time. */
  concurrency: number;
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
}

/** A place inside. */
export interface Pass {
  /**
   * Harmless when repeated.
   *
   * @param tokens what the request really took; by default what was expected of it
   */
  leave(tokens?: number): void;
}

interface Waiting {
  tokens: number;
  admit: (pass: Pass) => void;
}

/**
 * Lets requests to an endpoint begin, first come first served: so many at a time, so many a minute, so many tokens a minute.
 *
 * What a request will take is not known when it begins. The caller's guess is taken from the allowance, and put right when
 * the request ends; the allowance may then be overdrawn, and whoever comes next waits until it is paid back.
 */
export class Gate {
  readonly #requests: TokenBucket | undefined;
  readonly #tokens: TokenBucket | undefined;
  readonly #queue: Waiting[] = [];
  #inside = 0;
  #closedUntil = -Infinity;
  /** Aborts the sleep after which the queue is looked at again. */
  #alarm: AbortController | undefined;

  constructor(
    private readonly limits: GateLimits,
    private readonly clock: Clock = systemClock,
  ) {
    const { requestsPerMinute, tokensPerMinute } = limits;
    if (requestsPerMinute !== undefined) this.#requests = new TokenBucket(requestsPerMinute, clock);
    if (tokensPerMinute !== undefined) this.#tokens = new TokenBucket(tokensPerMinute, clock);
  }

  /** Who is inside, and who waits. */
  get load(): { inside: number; waiting: number } {
    return { inside: this.#inside, waiting: this.#queue.length };
  }

  /** @param tokens what the request will probably take */
  enter(tokens: number, signal?: AbortSignal): Promise<Pass> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const at = this.#queue.indexOf(waiting);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal?.reason as Error);
        this.#look();
      };
      const waiting: Waiting = {
        tokens,
        admit: (pass) => {
          signal?.removeEventListener('abort', leave);
          resolve(pass);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiting);
      this.#look();
    });
  }

  /** Admits nobody for so long; who is inside stays. A longer pause that is under way is kept. */
  close(ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.clock.now() + ms);
  }

  #look(): void {
    this.#alarm?.abort();
    this.#alarm = undefined;
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined || this.#inside >= this.limits.concurrency) return;
      const waitMs = Math.max(
        this.#closedUntil - this.clock.now(),
        this.#requests?.waitMs(1) ?? 0,
        this.#tokens?.waitMs(next.tokens) ?? 0,
      );
      if (waitMs > 0) return this.#lookAgainIn(waitMs);
      this.#queue.shift();
      this.#requests?.take(1);
      this.#tokens?.take(next.tokens);
      this.#inside += 1;
      next.admit(this.#pass(next.tokens));
    }
  }

  #lookAgainIn(ms: number): void {
    const alarm = new AbortController();
    this.#alarm = alarm;
    // A timer of Node.js takes 24 days at most; a look too many does no harm.
    this.clock.sleep(Math.min(ms, 60_000), alarm.signal).then(
      () => this.#look(),
      () => undefined,
    );
  }

  #pass(expected: number): Pass {
    let held = true;
    return {
      leave: (tokens = expected) => {
        if (!held) return;
        held = false;
        this.#inside -= 1;
        this.#tokens?.take(tokens - expected);
        this.#look();
      },
    };
  }
}
