import { createColors } from 'picocolors';

export type Colors = ReturnType<typeof createColors>;
type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

const DEFAULT_COLUMNS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** Where a command writes: results to standard output, everything else to standard error. */
export class Terminal {
  /** For text on standard output. */
  readonly colors: Colors;
  /** For text on standard error. */
  readonly noteColors: Colors;
  /** A progress bar stands on the last line of standard error. */
  liveLine = false;

  constructor(
    private readonly stdout: Output,
    readonly stderr: Output,
    env: NodeJS.ProcessEnv,
  ) {
    this.colors = createColors(wantsColors(stdout, env));
    this.noteColors = createColors(wantsColors(stderr, env));
  }

  get columns(): number {
    return this.stdout.columns ?? DEFAULT_COLUMNS;
  }

  /** Somebody watches standard error live, so that a progress bar makes sense. */
  get live(): boolean {
    return this.stderr.isTTY === true;
  }

  print(text: string): void {
    this.stdout.write(`${text}\n`);
  }

  printJson(value: unknown, indent?: number): void {
    this.print(JSON.stringify(value, null, indent));
  }

  note(text: string): void {
    this.stderr.write(`${this.liveLine ? CLEAR_LINE : ''}${text}\n`);
  }
}

/** See https://no-color.org and https://force-color.org: both count when set to anything but nothing. */
export function wantsColors(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
