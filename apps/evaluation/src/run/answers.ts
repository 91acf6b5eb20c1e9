import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson, SrvauError } from '@srvau/contracts';
import type { ItemAnswer, MissingAnswer } from '@srvau/evaluation-report';
import { ensureDirectory, errnoOf, JsonlLog, readJsonl, removeDirectory, writeJsonAtomic } from '@srvau/storage';

export type Outcome = ItemAnswer | MissingAnswer;

/** A line of the journal: what was answered together, by key, and so is there whole or not at all. */
type JournalLine = readonly (readonly [key: string, outcome: Outcome])[];

const CLAIM = 'answers.json';
const JOURNAL = 'answers.jsonl';

/**
 * `work/answers.jsonl`, what models have answered so far, and `work/answers.json`, for what. Whoever uses it holds the lock of
 * the report's directory.
 */
export class Answers implements AsyncDisposable {
  private constructor(
    private readonly log: JsonlLog,
    /** By key. */
    private readonly outcomes: Map<string, Outcome>,
  ) {}

  /** @returns for what a former run has asked; null where there is none */
  static async claimed(work: string): Promise<string | null> {
    const path = join(work, CLAIM);
    try {
      const claim = parseJson(await readFile(path, 'utf8'), path, 'UNPROCESSABLE') as { for?: unknown } | null;
      return typeof claim?.for === 'string' ? claim.for : '';
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Goes on with what is there of the same `key`; of another one all is dropped.
   * @throws SrvauError UNPROCESSABLE: somebody has been at the files
   */
  static async open(work: string, key: string): Promise<Answers> {
    const claimed = await Answers.claimed(work);
    if (claimed !== null && claimed !== key) await removeDirectory(work);
    await ensureDirectory(work);
    if (claimed !== key) await writeJsonAtomic(join(work, CLAIM), { for: key });
    // Opening cuts off the half of a line that a kill has left.
    const answers = new Answers(await JsonlLog.open(join(work, JOURNAL), { durable: 'together' }), new Map());
    try {
      for await (const line of readJsonl<JournalLine>(answers.log.path, { parse: readLine })) {
        for (const [item, outcome] of line) answers.outcomes.set(item, outcome);
      }
      return answers;
    } catch (error) {
      await answers.log.close();
      throw error;
    }
  }

  get(key: string): Outcome | undefined {
    return this.outcomes.get(key);
  }

  /** On return they are on disk, all of them or none. */
  async add(line: JournalLine): Promise<void> {
    if (line.length > 0) await this.log.append(line);
    for (const [key, outcome] of line) this.outcomes.set(key, outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
  }
}

/** @throws SrvauError UNPROCESSABLE */
function readLine(value: unknown, where: string): JournalLine {
  const isOutcome = (outcome: unknown): boolean =>
    outcome !== null && typeof outcome === 'object' && ('completion' in outcome || 'missing' in outcome);
  const isEntry = (entry: unknown): boolean =>
    Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string' && isOutcome(entry[1]);
  if (Array.isArray(value) && value.every(isEntry)) return value as JournalLine;
  throw SrvauError.mismatch('UNPROCESSABLE', where, 'a line that a run has written', 'something else');
}
