import { writeJsonlAtomic, readJsonl } from '../tables/jsonl';
import { JsonlLog } from '../atomic/jsonl-log';

/** A line that belongs to a step. */
export interface StepLine {
  /** Optimizer steps done. */
  step: number;
  [name: string]: unknown;
}

/** An append-only JSONL file with one writer, which can be taken back to a step. */
export class StepLog {
  private constructor(
    readonly path: string,
    private log: JsonlLog,
  ) {}

  /** Opens the file, which is made if it is not there; a torn last line is cut off. */
  static async open(path: string): Promise<StepLog> {
    return new StepLog(path, await JsonlLog.open(path));
  }

  /** Appends one durable line. Numbers that JSON does not have are written as "NaN", "Infinity" and "-Infinity". */
  append(line: StepLine): Promise<void> {
    return this.log.append(spelled(line));
  }

  /** The lines so far, in order. */
  read(): AsyncGenerator<StepLine> {
    return readJsonl<StepLine>(this.path);
  }

  /**
   * Drops the lines after `step`, but for those that are to stay.
   * @returns the last one that is left, or null
   */
  async rewind(step: number, stays: (line: StepLine) => boolean = () => false): Promise<StepLine | null> {
    const isKept = (line: StepLine): boolean => line.step <= step || stays(line);
    let last: StepLine | null = null;
    let isChanged = false;
    for await (const line of this.read()) {
      if (isKept(line)) last = line;
      else isChanged = true;
    }
    if (isChanged) await this.rewrite(isKept);
    return last;
  }

  close(): Promise<void> {
    return this.log.close();
  }

  private async rewrite(isKept: (line: StepLine) => boolean): Promise<void> {
    const kept = async function* (lines: AsyncGenerator<StepLine>): AsyncGenerator<StepLine> {
      for await (const line of lines) if (isKept(line)) yield line;
    };
    await this.log.close();
    try {
      await writeJsonlAtomic(this.path, kept(this.read()));
    } finally {
      this.log = await JsonlLog.open(this.path);
    }
  }
}

/** The number that `append` wrote so; undefined where it is none. */
export function spelledNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && Object.hasOwn(SPELLED, value) ? SPELLED[value] : undefined;
}

const SPELLED: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** A diverged loss is news: JSON.stringify would write it as null. */
function spelled(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(spelled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spelled(inner)]));
}
