/** What short requests wait for each other, at most; so many of their answers leave in one write. */
const SLICE_MS = 4;

/**
 * Does the work of requests in their order, in slices of some milliseconds, and lets the event loop go round before each. Scoring
 * ten thousand rows takes tens of them; before the next request sockets are read, so that small ones, probes and refusals do not wait
 * for all that came before. Small ones that came together are done together, since writing each answer by itself takes as long
 * as a quarter of the scoring.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** @param work ends without waiting for anything @returns what it returns, or rejects with what it throws */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as Error);
        }
      });
      if (this.waiting.length === 1) this.slice();
    });
  }

  /** Nobody who waits for a promise goes on before the end of a slice. */
  private slice(): void {
    setImmediate(() => {
      const end = performance.now() + SLICE_MS;
      let done = 0;
      while (done < this.waiting.length && (done === 0 || performance.now() < end)) this.waiting[done++]?.();
      this.waiting.splice(0, done);
      if (this.waiting.length > 0) this.slice();
    });
  }
}
