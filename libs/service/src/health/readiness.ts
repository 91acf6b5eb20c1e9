/** Whether this process can do its work now, and if not, why. */
export interface ReadinessReport {
  ready: boolean;
  /** For people; empty when ready. */
  reasons: string[];
}

type Phase = 'starting' | 'serving' | 'draining';

/** A process is ready when it has started, is not draining, and none of its checks has a complaint. */
export class Readiness {
  private phase: Phase = 'starting';
  private startProblem: string | undefined;
  private readonly drains: (() => Promise<unknown>)[] = [];

  /** @param checks each gives the reason why the process cannot work now, or undefined. */
  constructor(private readonly checks: readonly (() => string | undefined)[]) {}

  get draining(): boolean {
    return this.phase === 'draining';
  }

  /** The start has failed for now and is tried again. */
  notYet(problem: string): void {
    this.startProblem = problem;
  }

  serving(): void {
    if (this.phase === 'starting') this.phase = 'serving';
  }

  /**
   * Work that ends before anything is closed: what came in over HTTP, and may still need NATS for its answer.
   * @param finish resolves when nothing of it is left
   */
  beforeClosing(finish: () => Promise<unknown>): void {
    this.drains.push(finish);
  }

  /** For good: a process that drains is never ready again. Resolves when the work that has begun may be cut off. */
  async drain(): Promise<void> {
    this.phase = 'draining';
    await Promise.allSettled(this.drains.map((finish) => finish()));
  }

  report(): ReadinessReport {
    const reasons: string[] = [];
    if (this.phase === 'draining') reasons.push('draining: no new work is taken');
    if (this.phase === 'starting') {
      reasons.push(this.startProblem === undefined ? 'starting' : `starting: ${this.startProblem}`);
    }
    for (const check of this.checks) {
      const complaint = check();
      if (complaint !== undefined) reasons.push(complaint);
    }
    return { ready: reasons.length === 0, reasons };
  }
}
