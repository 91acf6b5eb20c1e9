import {
  type FieldCheck,
  fieldCheck,
  MAX_REJECT_TEXT_CHARS,
  oneOf,
  orNull,
  REFLECT_STAGES,
  reflectId,
  type ReflectReject,
  type ReflectUsage,
  ROLLOUT_TASKS,
  wrongField,
} from '@srvau/contracts';
import { checkExactly } from './check-exactly';

const { unicode, count, object, finite } = fieldCheck;
const bounded: FieldCheck = [
  `a text of at most ${MAX_REJECT_TEXT_CHARS} characters`,
  (value) => unicode[1](value) && String(value).length <= MAX_REJECT_TEXT_CHARS,
];

const REJECT: Readonly<Record<keyof ReflectReject, FieldCheck>> = {
  id: unicode,
  rowId: unicode,
  task: oneOf(ROLLOUT_TASKS),
  sample: count,
  stage: oneOf(REFLECT_STAGES),
  reason: ['a code in kebab case', (value) => typeof value === 'string' && /^[a-z0-9]+([-:][a-z0-9]+)*$/.test(value)],
  detail: bounded,
  attempts: count,
  lastReply: orNull(bounded),
  usage: object,
};

const USAGE: Readonly<Record<keyof ReflectUsage, FieldCheck>> = {
  promptTokens: count,
  completionTokens: count,
  costUsd: orNull(finite),
};

/**
 * Types a line of `rejects.jsonl`.
 * @returns a copy with the fields in order.
 * @throws SrvauError UNPROCESSABLE with the first wrong field.
 */
export function checkReject(value: unknown, where: string): ReflectReject {
  const reject = checkExactly<ReflectReject>(value, REJECT, where);
  if (reject.id !== reflectId(reject)) throw wrongField(where, 'id', reflectId(reject), reject.id);
  return { ...reject, usage: checkExactly<ReflectUsage>(reject.usage, USAGE, where, 'usage.') };
}
