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
  private liveText = '';

  constructor(
    private readonly stdout: Output,
    private readonly stderr: Output,
    env: NodeJS.ProcessEnv,
  ) {
    this.colors = createColors(wantsColors(stdout, env));
    this.noteColors = createColors(wantsColors(stderr, env));
  }

  /** Width of standard output. */
  get columns(): number {
    return columnsOf(this.stdout);
  }

  /** Width of standard error. */
  get noteColumns(): number {
    return columnsOf(this.stderr);
  }

  /** Somebody watches standard error live, so that a progress bar makes sense. */
  get live(): boolean {
    return this.stderr.isTTY === true;
  }

  /** Somebody watches standard output live, so that text is shown as it comes. */
  get watched(): boolean {
    return this.stdout.isTTY === true;
  }

  print(text: string): void {
    this.write(`${text}\n`);
  }

  /** A part of a line. */
  write(text: string): void {
    this.stdout.write(text);
  }

  /** Resolves when all that was written to standard output has gone out, or its reader is gone. */
  flushed(): Promise<void> {
    return new Promise((done) => this.stdout.write('', () => done()));
  }

  printJson(value: unknown, indent?: number): void {
    this.print(JSON.stringify(value, null, indent));
  }

  note(text: string): void {
    const clear = this.liveText === '' ? '' : CLEAR_LINE;
    this.stderr.write(`${clear}${text}\n${this.liveText}`);
  }

  /** Keeps `text` as the last line of standard error, below all notes, until it is replaced; '' takes it away. */
  showLive(text: string): void {
    if (text === this.liveText) return;
    this.liveText = text;
    this.stderr.write(`${CLEAR_LINE}${text}`);
  }
}

/** A terminal that was never told its size says 0. */
const columnsOf = ({ columns = 0 }: Output): number => (columns > 0 ? columns : DEFAULT_COLUMNS);

/** See https://no-color.org and https://force-color.org: both count when set to anything but nothing. */
export function wantsColors(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
