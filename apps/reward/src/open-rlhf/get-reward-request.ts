import { createHash } from 'node:crypto';
import {
  describe,
  type ErrorDetail,
  isObject,
  parseDto,
  type RolloutRow,
  readRollout,
  SrvauError,
} from '@srvau/contracts';
import { IsArray, IsOptional } from 'class-validator';
import { completionOf } from './completion';

/** Body of OpenRLHF's remote reward protocol. */
class GetRewardBody {
  /** Prompt and answer of each rollout, decoded together. */
  @IsArray()
  query!: unknown[];

  /** The prompts alone. Without it (OpenRLHF before 0.5) a query is the answer. */
  @IsOptional()
  @IsArray()
  prompts?: unknown[];

  /** What is known to be right, one a rollout. */
  @IsOptional()
  @IsArray()
  labels?: unknown[];
}

const WHAT = 'POST /get_reward';
const MAX_DETAILS = 50;
/** Beside id, group and completion, which the protocol brings itself. */
const LABEL_FORM =
  'a letter from A to Z, or a JSON object {"task", "truth", "durationSec"?, "tokens"?, "groupId"?, "id"?}';

/**
 * Makes rollouts of a request.
 * @throws SrvauError INVALID_REQUEST with one detail for each fault, at most 50
 */
export function readGetReward(data: unknown): RolloutRow[] {
  const { query, prompts, labels } = parseDto(GetRewardBody, data, WHAT);
  const details: ErrorDetail[] = [];
  for (const [field, list] of Object.entries({ prompts, labels })) {
    if (list === undefined || list.length === query.length) continue;
    details.push({ field, expected: `an array of ${query.length}, as long as query`, received: describe(list) });
  }
  if (labels === undefined) details.push({ field: 'labels', expected: LABEL_FORM, received: 'nothing' });
  throwIfAny(details);
  const rows: RolloutRow[] = [];
  for (const [i, text] of query.entries()) {
    const row = readRow(i, text, prompts?.[i] ?? undefined, labels?.[i], details);
    if (row !== undefined) rows.push(row);
    if (details.length >= MAX_DETAILS) break;
  }
  throwIfAny(details);
  return rows;
}

function readRow(
  i: number,
  query: unknown,
  prompt: unknown,
  label: unknown,
  details: ErrorDetail[],
): RolloutRow | undefined {
  if (typeof query !== 'string') {
    details.push({ field: `query[${i}]`, expected: 'a string', received: describe(query) });
    return undefined;
  }
  if (prompt !== undefined && typeof prompt !== 'string') {
    details.push({ field: `prompts[${i}]`, expected: 'a string', received: describe(prompt) });
    return undefined;
  }
  const completion = completionOf(query, prompt);
  if (completion === undefined) {
    details.push({ field: `prompts[${i}]`, expected: `the beginning of query[${i}]`, received: describe(prompt) });
    return undefined;
  }
  const known = knownOf(label);
  if (known === undefined) {
    details.push({ field: `labels[${i}]`, expected: LABEL_FORM, received: describe(label) });
    return undefined;
  }
  try {
    const names = { id: String(i), groupId: prompt === undefined ? String(i) : hashOf(prompt) };
    return readRollout({ ...names, ...known, completion }, WHAT);
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    details.push(...error.details.map((detail) => ({ ...detail, field: `labels[${i}].${detail.field}` })));
    return undefined;
  }
}

/** @returns undefined where the label has another form */
function knownOf(label: unknown): object | undefined {
  if (typeof label !== 'string') return isObject(label) ? label : undefined;
  if (/^[A-Z]$/.test(label)) return { task: 'qa', truth: { label } };
  try {
    const value: unknown = JSON.parse(label);
    return isObject(value) ? value : undefined;
  } catch {
    // Data sets have all sorts of labels; the caller is told which are understood.
    return undefined;
  }
}

/** Rollouts of one prompt are one group. */
const hashOf = (prompt: string): string => createHash('sha256').update(prompt).digest('base64url').slice(0, 22);

function throwIfAny(details: readonly ErrorDetail[]): void {
  const [first] = details;
  if (first === undefined) return;
  const more = details.length > 1 ? `; and ${details.length - 1} more` : '';
  throw new SrvauError(
    'INVALID_REQUEST',
    `${WHAT}: ${first.field}: expected ${first.expected}, received ${first.received}${more}`,
    { details: details.slice(0, MAX_DETAILS) },
  );
}
