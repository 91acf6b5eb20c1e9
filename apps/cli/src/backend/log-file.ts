import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LogFileOptions {
  /** Above this size the file is set aside as `<file>.1`, replacing the one before: twice this is the most on disk. */
  maxBytes?: number;
  /** How many of the last lines are kept in memory, to show when a service fails. */
  tailLines?: number;
}

const DEFAULTS = { maxBytes: 5 * 1024 * 1024, tailLines: 15 };
/** A line without an end must not fill the memory. */
const MAX_LINE_CHARS = 64 * 1024;

/**
 * The log of a service that the command runs: whole lines appended to a file of bounded size. It writes at once, so
 * that nothing waits in memory; services write little.
 */
export class LogFile {
  readonly tail: string[] = [];
  private readonly maxBytes: number;
  private readonly tailLines: number;
  private fd: number;
  private bytes: number;
  private partial = '';
  private closed = false;

  /** @param onLine is shown each line as it comes */
  constructor(
    readonly path: string,
    private readonly onLine: (line: string) => void = () => undefined,
    options: LogFileOptions = {},
  ) {
    ({ maxBytes: this.maxBytes, tailLines: this.tailLines } = { ...DEFAULTS, ...options });
    mkdirSync(dirname(path), { recursive: true });
    this.fd = openSync(path, 'a');
    this.bytes = fstatSync(this.fd).size;
  }

  /** Takes a piece of output as it comes from a pipe, lines cut anywhere. */
  write(chunk: string): void {
    if (this.closed) return;
    const lines = (this.partial + chunk).split('\n');
    this.partial = lines.pop() ?? '';
    for (const line of lines) this.line(line);
    if (this.partial.length > MAX_LINE_CHARS) this.endPartial();
  }

  /** Takes no more; may be called again. */
  close(): void {
    if (this.closed) return;
    this.endPartial();
    this.closed = true;
    closeSync(this.fd);
  }

  private endPartial(): void {
    if (this.partial !== '') this.line(this.partial);
    this.partial = '';
  }

  private line(line: string): void {
    this.tail.push(line);
    if (this.tail.length > this.tailLines) this.tail.shift();
    try {
      if (this.bytes > this.maxBytes) this.rotate();
      this.bytes += writeSync(this.fd, `${line}\n`);
    } catch {
      // A full disk must not stop the service; its last lines are in memory.
    }
    this.onLine(line);
  }

  private rotate(): void {
    closeSync(this.fd);
    // Another command may have set the same file aside a moment ago.
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    this.fd = openSync(this.path, 'a');
    this.bytes = fstatSync(this.fd).size;
  }
}
