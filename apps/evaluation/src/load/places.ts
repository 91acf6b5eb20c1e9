import { SrvauError } from '@srvau/contracts';

export interface PlacesOptions {
  /** At once. */
  most: number;
  /** Begins the refusal, e.g. `files of 64 requests are being read`. */
  full(underWay: number): string;
}

/** Of the mean time that work takes, what the last one counts. */
const WEIGHT_OF_LAST = 0.2;
const RETRY_MS = { least: 100, most: 30_000 };

/**
 * Bounds work of which each piece holds something. What would go beyond is refused at once: a queue that grows helps nobody,
 * and the caller knows better whether to wait or to ask another replica.
 */
export class Places {
  private underWay = 0;
  private meanMs = RETRY_MS.least;

  constructor(private readonly options: PlacesOptions) {}

  /** @throws SrvauError BUSY without beginning the work; it tells how long a piece takes now, its waiting included */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { most, full } = this.options;
    if (this.underWay >= most) {
      const message = `${full(this.underWay)}, as many as may; try again later or add replicas`;
      const retryAfterMs = Math.round(Math.min(RETRY_MS.most, Math.max(RETRY_MS.least, this.meanMs)));
      throw new SrvauError('BUSY', message, { retryAfterMs });
    }
    this.underWay += 1;
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.underWay -= 1;
      this.meanMs += WEIGHT_OF_LAST * (performance.now() - begun - this.meanMs);
    }
  }

  get empty(): boolean {
    return this.underWay === 0;
  }
}
