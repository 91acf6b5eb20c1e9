const MAX_LINES_PER_SECOND = 50;
const MAX_LINE_CHARS = 2000;

/** Keeps a plugin that talks without end from filling log and memory. */
export class LineLimit {
  private windowStart = 0;
  private passed = 0;
  private dropped = 0;

  /** @param now milliseconds on any clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns the lines to show: the line, cut where it is long, after a note about dropped ones; or none */
  pass(line: string): string[] {
    const now = this.now();
    const lines: string[] = [];
    if (this.passed === 0 || now - this.windowStart >= 1000) {
      if (this.dropped > 0)
        lines.push(`(${this.dropped} lines dropped: more than ${MAX_LINES_PER_SECOND} in a second)`);
      this.windowStart = now;
      this.passed = 0;
      this.dropped = 0;
    }
    if (this.passed >= MAX_LINES_PER_SECOND) {
      this.dropped += 1;
      return lines;
    }
    this.passed += 1;
    const length = line.length;
    lines.push(length <= MAX_LINE_CHARS ? line : `${line.slice(0, MAX_LINE_CHARS)}… (${length} characters)`);
    return lines;
  }
}
