import { barText } from '../jobs/job-view';
import type { Terminal } from '../terminal';

/** Lines are at least this far apart where nobody watches. */
const LINE_EVERY_MS = 5_000;

/** Shows how many of something are done: a bar where somebody watches, a line now and then elsewhere. */
export class CountView {
  private readonly startedMs = performance.now();
  private shownMs = 0;
  private first: number | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly stage: string,
    private readonly unit: string,
  ) {}

  update(done: number, total: number): void {
    this.first ??= done;
    const now = performance.now();
    const progress = { stage: this.stage, done, total, unit: this.unit };
    if (this.terminal.live) {
      this.terminal.showLive(barText(progress, done - this.first, (now - this.startedMs) / 1000));
    } else if (done === total || now - this.shownMs >= LINE_EVERY_MS) {
      this.shownMs = now;
      this.terminal.note(`${this.stage}: ${done} of ${total} ${this.unit}`);
    }
  }

  close(): void {
    if (this.terminal.live) this.terminal.showLive('');
  }
}
