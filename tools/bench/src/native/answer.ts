import { median } from '../statistics';

/** What a program answers, ours or a peer's: one line of JSON. */
export interface Answer {
  readonly runs: readonly Run[];
  /** Highest resident memory of the process. */
  readonly peak_rss_bytes: number;
  /** Of libraries; the peers only. */
  readonly versions?: Readonly<Record<string, string>>;
}

/** One way of doing the work: a cache, a dtype, a part of a step. */
export interface Run {
  readonly name: string;
  /** A product of matrices is measured too often to tell each. */
  readonly seconds: { readonly median: number; readonly all?: readonly number[] };
  /** Of an SFT run; the first is that of the checkpoint as it is. */
  readonly losses?: readonly number[];
  /** Of a product of matrices. */
  readonly gflops_median?: number;
}

/** All answers of one side. */
export class Measured {
  constructor(readonly answers: readonly Answer[]) {}

  /** Median over the rounds together, seconds. */
  seconds(run: string): number {
    return median(this.runsOf(run).flatMap(({ seconds }) => seconds.all ?? [seconds.median]));
  }

  /**
   * Slowest round of a run by the fastest, the worst run of all; 1 where the machine did nothing else. Undefined after one
   * round, which tells nothing.
   */
  unrest(): number | undefined {
    if (this.answers.length < 2) return undefined;
    return Math.max(
      ...this.runNames().map((name) => {
        const rounds = this.runsOf(name).map(({ seconds }) => seconds.median);
        return Math.max(...rounds) / Math.min(...rounds);
      }),
    );
  }

  /** That of the fastest run, seconds. */
  fastest(): { name: string; seconds: number } {
    const all = this.runNames().map((name) => ({ name, seconds: this.seconds(name) }));
    return all.reduce((best, next) => (next.seconds < best.seconds ? next : best));
  }

  firstLoss(run: string): number {
    const loss = this.runsOf(run)[0]?.losses?.[0];
    if (loss === undefined) throw new Error(`expected losses for the run ${run}, received none`);
    return loss;
  }

  peakBytes(): number {
    return Math.max(...this.answers.map((answer) => answer.peak_rss_bytes));
  }

  /** The rate of the fastest shape of a dtype, GFLOP/s. */
  gflops(dtype: string): number {
    const runs = this.answers.flatMap((answer) => answer.runs).filter(({ name }) => name.startsWith(`${dtype} `));
    return Math.max(...runs.map((run) => run.gflops_median ?? NaN));
  }

  /** Libraries with their releases. */
  versions(): string[] {
    return Object.entries(this.answers[0]?.versions ?? {}).map(([library, version]) => `${library} ${version}`);
  }

  private runNames(): string[] {
    return [...new Set(this.answers.flatMap(({ runs }) => runs.map(({ name }) => name)))];
  }

  private runsOf(name: string): Run[] {
    const runs = this.answers.flatMap((answer) => answer.runs.filter((run) => run.name === name));
    if (runs.length === 0) throw new Error(`expected a run named ${name}, received none`);
    return runs;
  }
}
