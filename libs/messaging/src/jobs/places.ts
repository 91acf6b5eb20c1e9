/** Counts free places for work. */
export class Places {
  private wake: (() => void) | undefined;

  constructor(public available: number) {}

  take(): void {
    this.available -= 1;
  }

  give(): void {
    this.available += 1;
    this.wake?.();
  }

  /** Resolves when there is a free place, or on abort. */
  async free(signal: AbortSignal): Promise<void> {
    while (this.available <= 0 && !signal.aborted) {
      await new Promise<void>((done) => {
        this.wake = done;
        signal.addEventListener('abort', this.onAbort, { once: true });
      });
    }
    signal.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => this.wake?.();
}
