import type { ScoreOutcome } from '@srvau/reward-sdk';

/** Kinds of reasons that are told apart; a plugin that makes up a new one each time is not to fill memory. */
const MAX_REASONS = 20;

/** Mean and spread of numbers as they come (Welford's method). */
export class Summary {
  count = 0;
  mean = NaN;
  min = Infinity;
  max = -Infinity;
  private squares = 0;

  add(value: number): void {
    this.count += 1;
    const before = this.count === 1 ? 0 : this.mean;
    this.mean = before + (value - before) / this.count;
    this.squares += (value - before) * (value - this.mean);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  /** Of the sample, Bessel-corrected; NaN for fewer than two. */
  get std(): number {
    return this.count < 2 ? NaN : Math.sqrt(Math.max(0, this.squares) / (this.count - 1));
  }
}

/** What became of all rollouts in one plugin. */
export class Tally {
  rows = 0;
  failed = 0;
  abstained = 0;
  firstError: string | undefined;
  readonly values = new Summary();
  readonly parts = new Map<string, Summary>();
  readonly reasons = new Map<string, number>();

  add(outcomes: readonly ScoreOutcome[]): void {
    for (const outcome of outcomes) this.addOne(outcome);
  }

  private addOne(outcome: ScoreOutcome): void {
    this.rows += 1;
    if (outcome.kind === 'failed') {
      this.failed += 1;
      this.firstError ??= outcome.error;
    } else if (outcome.kind === 'abstained') {
      this.abstained += 1;
      const { because } = outcome;
      const reason = this.reasons.has(because) || this.reasons.size < MAX_REASONS ? because : 'other reasons';
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    } else {
      this.values.add(outcome.value);
      for (const [name, value] of Object.entries(outcome.parts ?? {})) {
        let summary = this.parts.get(name);
        if (summary === undefined && this.parts.size < MAX_REASONS) this.parts.set(name, (summary = new Summary()));
        summary?.add(value);
      }
    }
  }
}
