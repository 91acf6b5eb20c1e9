import type { Limiter } from './limiter';

/** How long others wait for one whose turn has come and who is not ready. */
const HELD_MS = 2_000;

/**
 * A turn that is queued for before its work is ready to compute: whoever queued only then would find that the next batch
 * of a job has just begun. It is held for a moment when it comes early, and queued for again where that was not enough.
 */
export class EarlyTurn implements Disposable {
  private turn: Promise<void>;
  private leave: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private over = false;
  /** That work which was ready has waited. */
  waitedMs = 0;

  constructor(
    private readonly turns: Limiter,
    private readonly signal: AbortSignal,
  ) {
    this.turn = this.queue();
    this.turn.then(
      () => {
        if (!this.over) this.timer = setTimeout(() => this.giveBack(), HELD_MS);
      },
      // Whoever asks for the turn is told.
      () => undefined,
    );
  }

  /** Computes when it is this one's turn. */
  async run<T>(compute: () => Promise<T>): Promise<T> {
    const ready = performance.now();
    await this.turn;
    clearTimeout(this.timer);
    if (this.leave === undefined) await (this.turn = this.queue());
    this.waitedMs += performance.now() - ready;
    try {
      return await compute();
    } finally {
      this.giveBack();
    }
  }

  [Symbol.dispose](): void {
    this.over = true;
    this.giveBack();
  }

  private async queue(): Promise<void> {
    this.leave = await this.turns.enter({ lane: 'short', signal: this.signal });
    if (this.over) this.giveBack();
  }

  private giveBack(): void {
    clearTimeout(this.timer);
    const { leave } = this;
    this.leave = undefined;
    leave?.();
  }
}
