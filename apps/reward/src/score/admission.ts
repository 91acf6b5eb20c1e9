import { SrvauError } from '@srvau/contracts';

/**
 * Bounds the rollouts that wait or are being scored. What would go beyond is refused at once with BUSY: a queue that
 * grows helps nobody, and the caller knows better whether to wait or to ask another replica.
 */
export class Admission {
  private rollouts = 0;
  private requests = 0;
  private lastTurn: Promise<void> = Promise.resolve();
  private idleWaiters: (() => void)[] = [];

  constructor(private readonly maxRollouts: number) {}

  /** Rollouts that wait or are being scored. */
  get pending(): number {
    return this.rollouts;
  }

  /**
   * Runs `work` in its turn.
   * @throws SrvauError BUSY without running it
   */
  async run<T>(rollouts: number, work: () => Promise<T>): Promise<T> {
    // A single request larger than the bound is served when nothing else is: else it never would be.
    if (this.requests > 0 && this.rollouts + rollouts > this.maxRollouts) {
      throw new SrvauError(
        'BUSY',
        `${this.rollouts} rollouts wait or are being scored, and ${this.maxRollouts} may; try again later or add replicas`,
      );
    }
    this.rollouts += rollouts;
    this.requests += 1;
    try {
      await this.turn();
      return await work();
    } finally {
      this.rollouts -= rollouts;
      this.requests -= 1;
      if (this.requests === 0) for (const done of this.idleWaiters.splice(0)) done();
    }
  }

  /** Resolves when nothing waits or is being scored. */
  idle(): Promise<void> {
    if (this.requests === 0) return Promise.resolve();
    return new Promise((done) => this.idleWaiters.push(done));
  }

  /**
   * One request for each turn of the event loop. Scoring in process blocks it for milliseconds a batch; between two batches
   * sockets are read, so that probes are answered and what is too much is refused instead of piling up in the kernel.
   */
  private turn(): Promise<void> {
    this.lastTurn = this.lastTurn.then(() => new Promise((begin) => setImmediate(begin)));
    return this.lastTurn;
  }
}
