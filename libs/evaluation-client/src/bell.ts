import { throwIfAborted } from './patiently';

/** Ends a wait early. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Until it rings, `ms` are over, or at once where it has rung since the last wait. @throws SrvauError CANCELLED */
  async within(ms: number, what: string, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#rung && ms > 0 && signal?.aborted !== true) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((done) => {
        this.#wake = done;
        timer = setTimeout(done, ms);
        signal?.addEventListener('abort', this.#wake, { once: true });
      });
      clearTimeout(timer);
      if (this.#wake !== undefined) signal?.removeEventListener('abort', this.#wake);
      this.#wake = undefined;
    }
    this.#rung = false;
    throwIfAborted(what, signal);
  }
}
