import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
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

/** The log of a service that the command runs: whole lines appended to a file of bounded size. */
export class LogFile {
  readonly tail: string[] = [];
  private readonly maxBytes: number;
  private readonly tailLines: number;
  private stream: WriteStream;
  private bytes: number;
  private partial = '';

  /** @param onLine is shown each line as it comes */
  constructor(
    readonly path: string,
    private readonly onLine: (line: string) => void = () => undefined,
    options: LogFileOptions = {},
  ) {
    ({ maxBytes: this.maxBytes, tailLines: this.tailLines } = { ...DEFAULTS, ...options });
    mkdirSync(dirname(path), { recursive: true });
    this.bytes = existsSync(path) ? statSync(path).size : 0;
    this.stream = this.open();
  }

  /** Takes a piece of output as it comes from a pipe, lines cut anywhere. */
  write(chunk: string): void {
    const lines = (this.partial + chunk).split('\n');
    this.partial = lines.pop() ?? '';
    for (const line of lines) this.line(line);
    if (this.partial.length > MAX_LINE_CHARS) {
      this.line(this.partial);
      this.partial = '';
    }
  }

  /** Resolves when everything is in the file. */
  async close(): Promise<void> {
    if (this.partial !== '') this.line(this.partial);
    this.partial = '';
    await new Promise<void>((done) => this.stream.end(done));
  }

  private line(line: string): void {
    if (this.bytes > this.maxBytes) this.rotate();
    this.bytes += Buffer.byteLength(line) + 1;
    this.stream.write(`${line}\n`);
    this.tail.push(line);
    if (this.tail.length > this.tailLines) this.tail.shift();
    this.onLine(line);
  }

  private rotate(): void {
    this.stream.end();
    // Another command may have set the same file aside a moment ago.
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    this.bytes = 0;
    this.stream = this.open();
  }

  private open(): WriteStream {
    const stream = createWriteStream(this.path, { flags: 'a' });
    // A full disk must not stop the service: its last lines are still kept in memory.
    stream.on('error', () => undefined);
    return stream;
  }
}
