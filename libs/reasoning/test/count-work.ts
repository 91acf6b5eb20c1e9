import { Session, type Profiler } from 'node:inspector';

/**
 * Counts the work of a function in a way that does not depend on the clock: how often each block of this package's sources
 * ran (V8's precise coverage), plus the characters that built-in functions on strings looked at for it.
 */
export class WorkCounter {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  count(run: () => unknown): number {
    blocksRun(this.#session);
    const restore = meterBuiltIns();
    try {
      run();
    } finally {
      restore();
    }
    return blocksRun(this.#session) + restore();
  }

  close(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

/** Since the last call. */
function blocksRun(session: Session): number {
  let blocks = 0;
  // The answer comes before `post` returns.
  session.post(
    'Profiler.takePreciseCoverage',
    (error: Error | null, coverage: Profiler.TakePreciseCoverageReturnType) => {
      if (error !== null) throw error;
      for (const { url, functions } of coverage.result) {
        if (!url.includes('/reasoning/src/transcript/')) continue;
        for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
      }
    },
  );
  return blocks;
}

/** Functions whose time grows with their text, and how many characters a call looked at. */
type Cost = (text: string, result: unknown, args: readonly unknown[]) => number;
const WHOLE: Cost = (text) => text.length;
const COSTS: Readonly<Record<string, Cost>> = {
  indexOf: (text, result, [, from = 0]) => (result === -1 ? text.length : Number(result)) - Number(from) + 1,
  startsWith: (_, __, [search]) => String(search).length,
  trim: (text, result) => text.length - String(result).length + 1,
  trimEnd: (text, result) => text.length - String(result).length + 1,
  toLowerCase: WHOLE,
  toUpperCase: WHOLE,
  split: WHOLE,
  replace: WHOLE,
};

/** @returns puts the functions back and gives the number of characters. */
function meterBuiltIns(): () => number {
  let characters = 0;
  const originals = Object.keys(COSTS).map((name) => [name, Reflect.get(String.prototype, name)] as const);
  for (const [name, original] of originals) {
    Reflect.set(String.prototype, name, function (this: string, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(original, this, args);
      characters += COSTS[name]?.(String(this), result, args) ?? 0;
      return result;
    });
  }
  const { exec } = RegExp.prototype;
  // `test` and `matchAll` call it too.
  RegExp.prototype.exec = function (text: string): RegExpExecArray | null {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const match = exec.call(this, text);
    characters += (match === null ? text.length : match.index + match[0].length) - from + 1;
    return match;
  };
  return () => {
    for (const [name, original] of originals) Reflect.set(String.prototype, name, original);
    RegExp.prototype.exec = exec;
    return characters;
  };
}
