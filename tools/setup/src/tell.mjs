import { styleText } from 'node:util';

/** One line a step, on standard error, so that standard output stays the job's own. */
export class Tell {
  /** @param {NodeJS.WriteStream} stream */
  constructor(stream) {
    this.stream = stream;
    this.pretty = stream.isTTY && process.env['CI'] === undefined;
    this.color = stream.isTTY && !process.env['NO_COLOR'];
  }

  /** @param {string} text */
  line(text) {
    this.stream.write(`${text}\n`);
  }

  /**
   * Prints `→ npm ci … ✓ 41 s` around the work. On a terminal the seconds count while it runs.
   *
   * @template T
   * @param {string} title
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async step(title, work) {
    const started = performance.now();
    const seconds = () => formatSeconds(performance.now() - started);
    this.stream.write(`→ ${title} …`);
    const ticking = this.pretty ? setInterval(() => this.stream.write(`\r→ ${title} … ${seconds()}`), 1000) : undefined;
    const end = (/** @type {'green' | 'red'} */ color, /** @type {string} */ mark) => {
      clearInterval(ticking);
      const clear = this.pretty ? `\r\u001b[K→ ${title} …` : '';
      this.stream.write(`${clear} ${this.paint(color, mark)} ${seconds()}\n`);
    };
    try {
      const result = await work();
      end('green', '✓');
      return result;
    } catch (error) {
      end('red', '✗');
      throw error;
    }
  }

  /** @param {import('./failure.mjs').SetupFailure} failure */
  failure({ message, fixes, output, logFile }) {
    if (output) this.stream.write(`${output.trimEnd()}\n\n`);
    this.line(`${this.paint('red', '✗')} ${message}`);
    for (const fix of fixes) this.line(`  fix: ${fix}`);
    if (logFile) this.line(`  log: ${logFile}`);
  }

  /**
   * @param {'green' | 'red'} color
   * @param {string} text
   */
  paint(color, text) {
    return this.color ? styleText(color, text, { validateStream: false }) : text;
  }
}

/** @param {number} ms */
function formatSeconds(ms) {
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
