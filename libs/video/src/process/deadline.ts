/** A budget of running time that can be paused: a stream's consumer may take its time without ffmpeg being blamed. */
export class Deadline {
  expired = false;
  private remainingMs: number;
  private startedAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    budgetMs: number,
    private readonly onExpire: () => void,
  ) {
    this.remainingMs = budgetMs;
    this.resume();
  }

  resume(): void {
    if (this.timer !== undefined || this.expired) return;
    this.startedAt = performance.now();
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.expired = true;
        this.onExpire();
      },
      // Larger delays overflow the timer and would fire at once.
      Math.min(Math.max(this.remainingMs, 0), 2 ** 31 - 1),
    );
  }

  pause(): void {
    if (this.timer === undefined) return;
    this.cancel();
    this.remainingMs -= performance.now() - this.startedAt;
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
