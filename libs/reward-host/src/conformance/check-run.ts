import { SrvauError } from '@srvau/contracts';
import type { CheckResult, ConformanceReport } from '@srvau/reward-sdk/testing';
import type { FromCheck } from './protocol';

/** What is being waited for. */
export interface Wait {
  /** Name of the check; `loads` before the first one. */
  readonly check: string;
  /** What the plugin was asked for, `scores` for instance. */
  readonly answer: string;
  /** It has so long from now on. */
  readonly deadlineMs: number;
}

/** Told while the checks run. */
export interface CheckEvents {
  /** A check begins, or the plugin is asked for the next answer in it. */
  readonly onWait?: (wait: Wait) => void;
  readonly onResult?: (result: CheckResult) => void;
}

export interface PackageReport extends ConformanceReport {
  /** Names of the checks that were not run, since the plugin ended or had to be ended in one before them. */
  readonly notRun: readonly string[];
}

export interface Deadlines {
  /** For each answer of the plugin. */
  readonly deadlineMs: number;
  /** Until the first check begins: import, golden values, samples. */
  readonly loadDeadlineMs: number;
}

/** The kit itself tells a plugin that waits from one that loops: only the latter is left to us. */
const GRACE_MS = 1_000;

/** What is known of a run of the conformance kit, from what its process says. */
export class CheckRun {
  /** Set when the plugin cannot be checked at all. */
  refused: SrvauError | undefined;
  private readonly results: CheckResult[] = [];
  private plan: readonly string[] = [];
  private label: string | undefined;
  private wait: Wait;
  private timer: NodeJS.Timeout | undefined;
  private late = false;

  /** @param onLate ends the process, which does not answer in time */
  constructor(
    private readonly deadlines: Deadlines,
    private readonly events: CheckEvents,
    private readonly onLate: () => void,
  ) {
    this.wait = { check: 'loads', answer: 'a module that loads', deadlineMs: deadlines.loadDeadlineMs };
    this.await(this.wait);
  }

  receive(message: FromCheck): void {
    const { deadlineMs } = this.deadlines;
    switch (message.kind) {
      case 'plan':
        this.plan = message.names;
        return;
      case 'check':
        return this.await({ check: message.name, answer: 'the end of the check', deadlineMs });
      case 'ask':
        return this.await({ check: this.wait.check, answer: message.what, deadlineMs });
      case 'result':
        this.results.push(message.result);
        this.events.onResult?.(message.result);
        return;
      case 'done':
        this.label = message.plugin;
        return;
      case 'refused':
        this.refused = SrvauError.fromWire(message.error);
    }
  }

  /** No more messages will come. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /**
   * @param id of the plugin
   * @param why the process ended, `filled its memory of 512 MB` for instance; counts where it did so before the last check was over
   */
  report(id: string, why: string): PackageReport {
    if (this.label === undefined) this.blame(why);
    const checks = this.results;
    const done = new Set(checks.map(({ name }) => name));
    return {
      plugin: this.label ?? id,
      passed: this.label !== undefined && checks.every(({ passed }) => passed),
      checks,
      notRun: this.plan.filter((name) => !done.has(name)),
    };
  }

  private await(wait: Wait): void {
    this.wait = wait;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.late = true;
      this.onLate();
    }, wait.deadlineMs + GRACE_MS);
    this.events.onWait?.(wait);
  }

  private blame(why: string): void {
    const { check, answer, deadlineMs } = this.wait;
    const result: CheckResult = {
      ...{ name: check, passed: false, where: '' },
      expected: this.late ? `${answer} within ${deadlineMs} ms` : answer,
      received: this.late ? 'nothing, as from a loop without end; the plugin was ended' : `a plugin that ${why}`,
    };
    this.results.push(result);
    this.events.onResult?.(result);
  }
}
