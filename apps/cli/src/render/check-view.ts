import type { CheckEvents, PackageReport, Wait } from '@srvau/reward-host';
import type { CheckResult } from '@srvau/reward-sdk/testing';
import type { Colors, Terminal } from '../terminal';
import { clip, duration, plural, printable } from './text';

/** How often the time that a check takes is shown anew. */
const TICK_MS = 200;
/** What takes no longer than this needs no words where nobody watches. */
const QUIET_MS = 3_000;

/**
 * Shows the checks of a plugin as they come: each result as a line of standard output, and what is being waited for as
 * the last line of a terminal. Where standard error is none, a check that takes long is named once.
 */
export class CheckView implements CheckEvents {
  private wait: Wait | undefined;
  private since = 0;
  private noted = false;
  private readonly timer: NodeJS.Timeout;

  /** @param printsResults false where standard output is for JSON */
  constructor(
    private readonly terminal: Terminal,
    private readonly printsResults: boolean,
  ) {
    this.timer = setInterval(() => this.show(), TICK_MS);
  }

  readonly onWait = (wait: Wait): void => {
    if (wait.check !== this.wait?.check) this.noted = false;
    this.wait = wait;
    this.since = performance.now();
  };

  readonly onResult = (result: CheckResult): void => {
    this.wait = undefined;
    this.terminal.showLive('');
    if (this.printsResults) this.terminal.print(resultText(result, this.terminal.colors));
  };

  /** Takes away the live line. */
  close(): void {
    clearInterval(this.timer);
    this.terminal.showLive('');
  }

  private show(): void {
    if (this.wait === undefined) return;
    const { terminal } = this;
    const waitedMs = performance.now() - this.since;
    const text = waitText(this.wait, waitedMs);
    if (terminal.live) terminal.showLive(terminal.noteColors.dim(clip(text, terminal.noteColumns - 1)));
    else if (waitedMs >= QUIET_MS && !this.noted) {
      this.noted = true;
      terminal.note(text);
    }
  }
}

function waitText({ check, answer, deadlineMs }: Wait, waitedMs: number): string {
  return `… ${printable(check)}: waiting for ${answer}, ${duration(waitedMs / 1000)} of at most ${duration(deadlineMs / 1000)}`;
}

/** A line, and under a failed check what was expected and what came. */
export function resultText(
  { name, passed, where = '', expected = '', received = '' }: CheckResult,
  colors: Colors,
): string {
  if (passed) return `${colors.green('✓')} ${printable(name)}`;
  const place = where === '' ? [] : [`    where     ${printable(where)}`];
  return [
    `${colors.red('✗')} ${printable(name)}`,
    ...place,
    `    expected  ${printable(expected)}`,
    `    received  ${printable(received)}`,
  ].join('\n');
}

/** What it comes to, below the results. */
export function verdictText({ plugin, passed, checks, notRun }: PackageReport, colors: Colors): string {
  const failed = checks.filter(({ passed: ok }) => !ok).length;
  const verdict = passed
    ? colors.green(`${plugin} conforms: ${plural(checks.length, 'check')} passed`)
    : colors.red(
        `${plugin} does not conform: ${failed} of ${plural(checks.length + notRun.length, 'check')} failed` +
          (notRun.length === 0 ? '' : `, ${notRun.length} not run`),
      );
  return [...notRun.map((name) => `${colors.dim('·')} ${printable(name)} (not run)`), '', verdict].join('\n');
}
