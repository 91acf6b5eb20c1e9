import type { StepOutcome } from '../loop/objective';

/** Steps in a row without a finite gradient after which no better one is to be hoped for. */
const HOPELESS = 10;

/** Counts steps whose gradient was not finite, which native code leaves out. The first one in a row is told. */
export class SkippedSteps {
  total = 0;
  #inARow = 0;

  count(skipped: boolean): NonNullable<StepOutcome['warnings']> {
    this.#inARow = skipped ? this.#inARow + 1 : 0;
    if (!skipped) return [];
    this.total += 1;
    const stops = this.#inARow >= HOPELESS;
    if (this.#inARow !== 1 && !stops) return [];
    const message = stops
      ? `the gradient was not finite in ${this.#inARow} steps in a row, in which nothing was learned`
      : 'the gradient is not finite: the step changed nothing';
    return [{ warning: 'gradient-not-finite', message, stops }];
  }

  state(): Record<string, unknown> {
    return { skippedSteps: this.total, skippedInARow: this.#inARow };
  }

  restore({ skippedSteps, skippedInARow }: Record<string, unknown>): void {
    this.total = Number(skippedSteps ?? 0);
    this.#inARow = Number(skippedInARow ?? 0);
  }
}
