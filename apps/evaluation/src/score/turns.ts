/**
 * One request for each turn of the event loop. Scoring ten thousand rows takes tens of milliseconds; between two such
 * requests sockets are read, so that small ones, probes and refusals do not wait for all that came before.
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  next(): Promise<void> {
    this.last = this.last.then(() => new Promise((begin) => setImmediate(begin)));
    return this.last;
  }
}
