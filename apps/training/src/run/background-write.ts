/** Writes that the caller does not wait for: one at a time, so that what is kept in memory is bounded. */
export class BackgroundWrite {
  private current: Promise<void> = Promise.resolve();

  /** Begins a write once the one before is done. @throws what the one before did; then this one is not begun */
  async begin(write: () => Promise<void>): Promise<void> {
    await this.settled();
    this.current = write();
    // Told by the next call; until then nobody listens.
    this.current.catch(() => undefined);
  }

  /** Resolves when nothing is being written. @throws what the last write did, once */
  async settled(): Promise<void> {
    const { current } = this;
    this.current = Promise.resolve();
    await current;
  }
}
