import { createHash } from 'node:crypto';
import { type ErrorCode, SrvauError, type VauEvalItem, type VauEvalReference } from '@srvau/contracts';
import { isReference } from '@srvau/judge';

/** They are held in memory, a few KB each. */
const MAX_ITEMS = 100_000;
const MAX_CHARS = 512 * 2 ** 20;

export interface JudgeItems {
  readonly items: readonly VauEvalItem[];
  /** Over all that is asked of them, in their order. */
  readonly sha256: string;
}

/** Items as they are read, each checked for what its fields alone do not tell. */
export class ItemSet {
  private readonly items: VauEvalItem[] = [];
  private readonly ids = new Set<string>();
  private readonly hash = createHash('sha256');
  private chars = 0;

  get size(): number {
    return this.items.length;
  }

  /**
   * @param where names the item in messages
   * @throws SrvauError (`code`): an id twice, a reference that says nothing; PAYLOAD_TOO_LARGE
   */
  add({ id, candidate, reference }: VauEvalItem, where: string, code: ErrorCode): void {
    const item = { id, candidate, reference: withoutNulls(reference) };
    if (this.ids.has(id)) {
      throw SrvauError.mismatch(code, `${where}: id`, 'an id of its own', `${JSON.stringify(id)} again`);
    }
    if (!isReference(item.reference)) {
      const expected = 'a description, reasoning, anomalyClass or keyObject';
      throw SrvauError.mismatch(code, `${where}: reference`, expected, 'none of them');
    }
    const text = JSON.stringify(item);
    this.chars += text.length;
    if (this.size === MAX_ITEMS || this.chars > MAX_CHARS) {
      const expected = `at most ${MAX_ITEMS} items and ${MAX_CHARS} characters`;
      throw SrvauError.mismatch('PAYLOAD_TOO_LARGE', where, expected, 'more');
    }
    this.hash.update(`${text}\n`);
    this.ids.add(id);
    this.items.push(item);
  }

  finish(): JudgeItems {
    return { items: this.items, sha256: this.hash.digest('hex') };
  }
}

const FIELDS = [
  'question',
  'anomalyClass',
  'keyObject',
  'description',
  'reasoning',
] as const satisfies (keyof VauEvalReference)[];

/** Many languages write what is absent as null. In one order, so that the same items have the same hash. */
function withoutNulls(reference: VauEvalReference): VauEvalReference {
  const given: Partial<Record<keyof VauEvalReference, string | null>> = reference;
  return Object.fromEntries(
    FIELDS.map((field) => [field, given[field]]).filter(([, text]) => typeof text === 'string'),
  ) as VauEvalReference;
}
