import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  canonicalJson,
  checkFields,
  fieldCheck,
  type JudgeReply,
  type ModelIdentity,
  oneOf,
  parseJson,
  SrvauError,
  type VauEvalJudgement,
  type VauEvalSummary,
} from '@srvau/contracts';
import type { JudgeSettings } from '@srvau/judge';
import {
  ensureDirectory,
  errnoOf,
  isLockFileName,
  isTemporaryName,
  JsonlLog,
  readJsonl,
  removeDirectory,
  writeJsonAtomic,
  writeJsonlAtomic,
} from '@srvau/storage';

/** What decides every judgement. Going on under another would mix two. */
export interface JudgeClaim {
  readonly judge: ModelIdentity;
  readonly prompt: { readonly id: string; readonly hash: string };
  readonly settings: JudgeSettings;
  readonly items: { readonly count: number; readonly sha256: string };
}

/** A line of the journal. */
export interface JournaledReply {
  readonly id: string;
  readonly reply: JudgeReply;
}

const CLAIM = 'judge.json';
const JUDGEMENTS = 'judgements.jsonl';
const SUMMARY = 'summary.json';
const WORK = 'work';
const JOURNAL = 'replies.jsonl';
const OWN_NAMES: ReadonlySet<string> = new Set([CLAIM, JUDGEMENTS, SUMMARY, WORK]);

/**
 * The directory of one judging: `judge.json` claims it, `work/replies.jsonl` has each reply as it came, `judgements.jsonl` and
 * last `summary.json` make it whole. Whoever writes holds the directory's lock.
 */
export class JudgeDirectory {
  constructor(readonly path: string) {}

  /**
   * What it was begun for; null where nothing is.
   * @throws SrvauError CONFLICT: it holds something else. UNPROCESSABLE: the claim is damaged
   */
  async claimed(): Promise<JudgeClaim | null> {
    const names = (await this.names()).filter((name) => !isTemporaryName(name) && !isLockFileName(name));
    const strangers = names.filter((name) => !OWN_NAMES.has(name));
    if (strangers.length > 0 || (names.length > 0 && !names.includes(CLAIM))) {
      const [first] = strangers.length > 0 ? strangers : names;
      const expected = 'a new or empty directory, or a judging of the same items';
      throw SrvauError.mismatch('CONFLICT', this.path, expected, JSON.stringify(first));
    }
    return (await this.readJson(CLAIM)) as JudgeClaim | null;
  }

  /** @throws SrvauError CONFLICT: it was begun for other items, by another judge or under other settings */
  async claim(claim: JudgeClaim): Promise<void> {
    const claimed = await this.claimed();
    if (claimed === null) {
      await writeJsonAtomic(join(this.path, CLAIM), claim);
      return;
    }
    for (const field of ['judge', 'prompt', 'settings', 'items'] as const) {
      const [expected, received] = [claimed[field], claim[field]].map(canonicalJson);
      if (expected === received) continue;
      throw SrvauError.mismatch('CONFLICT', `${this.path}: ${field}`, String(expected), String(received));
    }
  }

  /** Null while the judging is not done. */
  async summary(): Promise<VauEvalSummary | null> {
    return (await this.readJson(SUMMARY)) as VauEvalSummary | null;
  }

  /** Of all items in their order, once the judging is done. */
  judgements(): AsyncIterable<VauEvalJudgement> {
    return readJsonl<VauEvalJudgement>(join(this.path, JUDGEMENTS));
  }

  /** Replies of former runs by item. A line that a kill has cut off does not count. */
  async replies(): Promise<Map<string, JudgeReply[]>> {
    const replies = new Map<string, JudgeReply[]>();
    const path = join(this.path, WORK, JOURNAL);
    try {
      const read = readJsonl(path, { parse: readLine, onFault: ({ torn, error }) => refuseUnlessTorn(torn, error) });
      for await (const { id, reply } of read) {
        const own = replies.get(id);
        if (own === undefined) replies.set(id, [reply]);
        else own.push(reply);
      }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    return replies;
  }

  /** For appending; the last line of a killed run is cut off where it is not whole. */
  async openJournal(): Promise<JsonlLog> {
    const work = join(this.path, WORK);
    await ensureDirectory(work);
    return JsonlLog.open(join(work, JOURNAL), { durable: 'together' });
  }

  async commit(judgements: readonly VauEvalJudgement[], summary: VauEvalSummary): Promise<void> {
    await writeJsonlAtomic(join(this.path, JUDGEMENTS), judgements);
    await writeJsonAtomic(join(this.path, SUMMARY), summary);
    await this.removeWork();
  }

  async removeWork(): Promise<void> {
    if ((await this.names()).includes(WORK)) await removeDirectory(join(this.path, WORK));
  }

  private async names(): Promise<string[]> {
    try {
      return await readdir(this.path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      if (errnoOf(error) !== 'ENOTDIR') throw error;
      throw SrvauError.mismatch('CONFLICT', this.path, 'a directory', `the file ${basename(this.path)}`);
    }
  }

  private async readJson(name: string): Promise<unknown> {
    const path = join(this.path, name);
    try {
      return parseJson(await readFile(path, 'utf8'), path, 'UNPROCESSABLE');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }
}

/** @throws SrvauError UNPROCESSABLE: somebody has been at the file */
function readLine(value: unknown, where: string): JournaledReply {
  const line = checkFields<JournaledReply>(value, { id: fieldCheck.text, reply: fieldCheck.object }, where);
  checkFields(line.reply, REPLY, where, 'reply.');
  return line;
}

const REPLY = {
  repeat: fieldCheck.count,
  attempt: fieldCheck.count,
  text: fieldCheck.text,
  finishReason: oneOf(['stop', 'length', 'filtered']),
};

function refuseUnlessTorn(torn: boolean, error: SrvauError): void {
  if (!torn) throw error;
}
