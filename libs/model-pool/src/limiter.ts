import { SrvauError } from '@srvau/contracts';

/** `short`: somebody waits for it. `long`: an item of a job of many. */
export type Lane = 'short' | 'long';

export interface LimiterWork {
  /** `long` without it. */
  lane?: Lane;
  /** Ends the waiting; its reason is thrown. */
  signal?: AbortSignal;
}

/** Of freed places, the most that short work gets in a row while long work waits, lest that never comes to an end. */
const SHORT_IN_A_ROW = 4;

type Leave = () => void;

/**
 * Lets so many work at once. Of those who wait, short work goes before long work, four times out of five; within a lane
 * the order is that in which they came.
 */
export class Limiter {
  private readonly waiting: Readonly<Record<Lane, ((leave: Leave) => void)[]>> = { short: [], long: [] };
  private free: number;
  private freeForShort: number;
  private shortInARow = 0;

  /** @param forShort places more, which only short work gets */
  constructor(limit: number, forShort = 0) {
    this.free = limit;
    this.freeForShort = forShort;
  }

  async run<T>(work: () => Promise<T>, options: LimiterWork = {}): Promise<T> {
    const leave = await this.enter(options);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** Resolves when there is a place, with what gives it back; to be called once. */
  async enter({ lane = 'long', signal }: LimiterWork = {}): Promise<Leave> {
    signal?.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return this.leave;
    }
    if (lane === 'short' && this.freeForShort > 0) {
      this.freeForShort -= 1;
      return this.leaveForShort;
    }
    return this.place(lane, signal);
  }

  // The place goes on to the next one, so that nobody who comes just now gets ahead.

  private readonly leave = (): void => {
    const next = this.next();
    if (next === undefined) this.free += 1;
    else next(this.leave);
  };

  private readonly leaveForShort = (): void => {
    const next = this.waiting.short.shift();
    if (next === undefined) this.freeForShort += 1;
    else next(this.leaveForShort);
  };

  private place(lane: Lane, signal: AbortSignal | undefined): Promise<Leave> {
    const line = this.waiting[lane];
    return new Promise((done, failed) => {
      const enter = (leave: Leave): void => {
        signal?.removeEventListener('abort', giveUp);
        done(leave);
      };
      const giveUp = (): void => {
        line.splice(line.indexOf(enter), 1);
        failed(reasonOf(signal));
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      line.push(enter);
    });
  }

  private next(): ((leave: Leave) => void) | undefined {
    const { short, long } = this.waiting;
    const longsTurn = short.length === 0 || this.shortInARow >= SHORT_IN_A_ROW;
    if (longsTurn && long.length > 0) {
      this.shortInARow = 0;
      return long.shift();
    }
    this.shortInARow = long.length > 0 ? this.shortInARow + 1 : 0;
    return short.shift();
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new SrvauError('CANCELLED', 'told to stop', { cause: reason });
}
