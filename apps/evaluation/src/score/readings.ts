import { SrvauError } from '@srvau/contracts';

/**
 * Bounds the requests whose files are being read, as each holds its references in memory. What would go beyond is refused at
 * once: a queue that grows helps nobody, and the caller knows better whether to wait or to ask another replica.
 */
export class Readings {
  private underWay = 0;

  constructor(private readonly most: number) {}

  /** @throws SrvauError BUSY without beginning the work */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.underWay >= this.most) {
      const message = `files of ${this.underWay} requests are being read, as many as may; try again later or add replicas`;
      throw new SrvauError('BUSY', message);
    }
    this.underWay += 1;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
    }
  }
}
