/** Wait before a model that is away is asked again: doubles from the first, up to the most. */
export interface GateWait {
  first: number;
  most: number;
}

const WAIT_MS: GateWait = { first: 500, most: 30_000 };
/** For those who do not wait. */
const IMPATIENT_MS = 2_000;

/**
 * Stops everybody who wants to ask a model while it is away, and sends one ahead from time to time to see whether it is
 * back: a server that comes up again must not be met by all at once.
 */
export class Gate {
  private failures = 0;
  private opensAt = 0;
  private closedAt = 0;
  private probing = false;
  private why: string | undefined;
  private readonly waiters = new Set<() => void>();

  constructor(private readonly waitMs: GateWait = WAIT_MS) {}

  /** Why the model is waited for; undefined while it answers. */
  get closedFor(): string | undefined {
    return this.why;
  }

  /** Resolves when one may ask. @throws the signal's reason */
  async enter(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.why === undefined) return;
      const waitMs = this.opensAt - performance.now();
      if (waitMs <= 0 && !this.probing) {
        this.probing = true;
        return;
      }
      await this.change(signal, Math.max(waitMs, 0));
    }
  }

  /**
   * For whoever does not wait: lets in as `enter` does, and one ahead more often while the model is away, since a person may
   * have brought it back just now.
   *
   * @returns undefined where one may ask
   */
  tryEnter(): { why: string; retryInMs: number } | undefined {
    if (this.why === undefined) return undefined;
    const waitMs = Math.min(this.opensAt, this.closedAt + IMPATIENT_MS) - performance.now();
    if (this.probing || waitMs > 0) return { why: this.why, retryInMs: Math.max(waitMs, IMPATIENT_MS / 4) };
    this.probing = true;
    return undefined;
  }

  /** The model has answered, be it with a refusal. */
  opened(): void {
    this.failures = 0;
    this.probing = false;
    this.why = undefined;
    this.wake();
  }

  /** The model is away. @param retryAfterMs what it asked for itself */
  closed(why: string, retryAfterMs = 0): void {
    const first = this.why === undefined || this.probing;
    this.probing = false;
    this.why = why;
    this.closedAt = performance.now();
    // Those who were under way when it went away tell nothing new.
    if (first) {
      const most = Math.min(this.waitMs.first * 2 ** this.failures, this.waitMs.most);
      this.failures += 1;
      this.opensAt = performance.now() + Math.max(retryAfterMs, most / 2 + (Math.random() * most) / 2);
    }
    this.wake();
  }

  /** Whoever was let in leaves without having learnt anything, e.g. because it was told to stop. */
  left(): void {
    this.probing = false;
    this.wake();
  }

  private wake(): void {
    for (const leave of [...this.waiters]) leave();
  }

  /** Resolves when something has changed, at the latest after so many ms; 0: no latest. */
  private change(signal: AbortSignal, waitMs: number): Promise<void> {
    return new Promise((done) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        this.waiters.delete(leave);
        done();
      };
      const timer = waitMs === 0 ? undefined : setTimeout(leave, waitMs);
      signal.addEventListener('abort', leave, { once: true });
      this.waiters.add(leave);
    });
  }
}
