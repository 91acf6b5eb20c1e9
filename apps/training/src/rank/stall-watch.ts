import { SrvauError } from '@srvau/contracts';
import type { TrainingConfig } from '../training-config';

/** Looks in the time that a stall takes to be noticed. */
const LOOKS = 20;
/** Ranks that wait for each other end by the time-out of the exchange, which knows better what is wrong. */
const AFTER_TIMEOUT_MS = 60_000;

export interface StallOptions {
  readonly limitMs: number;
  readonly onStall: (error: SrvauError) => void;
}

/**
 * Notices that a rank does not get on: native code that hangs leaves the event loop turning, so that to its parent the process
 * lives. Only time in which this process runs counts: one that was stopped for a while is not stuck.
 */
export class StallWatch implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #what = 'start';
  #idleMs = 0;

  constructor({ limitMs, onStall }: StallOptions) {
    const everyMs = limitMs / LOOKS;
    let looked = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#idleMs += Math.min(now - looked, 2 * everyMs);
      looked = now;
      if (this.#idleMs < limitMs) return;
      this[Symbol.dispose]();
      onStall(stalled(this.#what, limitMs));
    }, everyMs);
    this.#timer.unref();
  }

  /** @param what follows, as a person would name it */
  begins(what: string): void {
    this.#what = what;
    this.#idleMs = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The longest that one thing may take. */
export function stallLimitMs({ stallMs, rankTimeoutMs }: TrainingConfig, worldSize: number): number {
  return worldSize === 1 ? stallMs : Math.max(stallMs, rankTimeoutMs + AFTER_TIMEOUT_MS);
}

/** Worth another attempt: what hangs once seldom hangs again. */
function stalled(what: string, limitMs: number): SrvauError {
  const seconds = Math.round(limitMs / 1000);
  const expected = `less than ${seconds} s (SRVAU_TRAINING_STALL_MS)`;
  return SrvauError.mismatch('UNAVAILABLE', `time of "${what}"`, expected, `${seconds} s without an end`);
}
