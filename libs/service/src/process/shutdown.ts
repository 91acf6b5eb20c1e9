import type { StructuredLog } from '@srvau/contracts';
import { EXIT } from '../exit-codes';

export interface ShutdownOptions {
  log: StructuredLog;
  /** Longest time from begin to end. */
  deadlineMs: number;
  exit?: (code: number) => void;
}

interface Step {
  name: string;
  run: () => Promise<unknown> | void;
}

/**
 * The one way in which a service process ends. Steps are registered as parts come up and run in the opposite order,
 * each after the one before it; a step that fails does not keep the others from running.
 */
export class Shutdown {
  private readonly steps: Step[] = [];
  private exitCode: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ShutdownOptions) {}

  get begun(): boolean {
    return this.exitCode !== undefined;
  }

  add(name: string, run: Step['run']): void {
    this.steps.push({ name, run });
  }

  /** Drains and exits. Called again while draining it only worsens the exit code. */
  begin(reason: string, exitCode: number): void {
    if (this.exitCode !== undefined) {
      this.exitCode = Math.max(this.exitCode, exitCode);
      return;
    }
    this.exitCode = exitCode;
    const { log, deadlineMs } = this.options;
    log.info({ reason }, 'draining');
    this.timer = setTimeout(() => {
      log.error({ deadlineMs }, 'draining took too long; work under way is abandoned');
      this.exit(EXIT.failure);
    }, deadlineMs);
    void this.run();
  }

  /** Ends without waiting for anything. */
  now(reason: string): void {
    this.options.log.warn({ reason }, 'ending at once');
    this.exit(EXIT.failure);
  }

  private async run(): Promise<void> {
    for (const { name, run } of this.steps.reverse()) {
      try {
        await run();
      } catch (error) {
        this.options.log.error({ err: error, step: name }, 'a step of the shutdown failed');
        this.exitCode = EXIT.failure;
      }
    }
    const code = this.exitCode ?? EXIT.ok;
    this.options.log.info({ exitCode: code }, 'stopped');
    this.exit(code);
  }

  private exit(code: number): void {
    clearTimeout(this.timer);
    (this.options.exit ?? process.exit)(code);
  }
}
