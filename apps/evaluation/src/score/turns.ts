/** So many small requests are scored meanwhile that their answers leave in one write; nobody else waits noticeably. */
const SLICE_MS = 4;

/**
 * Lets the event loop go round between requests, once those since its last round took some milliseconds. Scoring ten thousand rows
 * takes tens of them; before the next request sockets are read, so that small ones, probes and refusals do not wait for all
 * that came before.
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();
  private roundBegan = performance.now();

  /** Resolves in the order of the calls; what follows without waiting for anything is done before the next one's turn. */
  next(): Promise<void> {
    this.last = this.last.then(() => (performance.now() - this.roundBegan < SLICE_MS ? undefined : this.round()));
    return this.last;
  }

  private round(): Promise<void> {
    return new Promise((begin) =>
      setImmediate(() => {
        this.roundBegan = performance.now();
        begin();
      }),
    );
  }
}
