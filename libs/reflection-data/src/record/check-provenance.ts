import {
  type FieldCheck,
  fieldCheck,
  type ModelIdentity,
  orNull,
  type ReflectCall,
  type ReflectRecord,
  type ReflectTeacherCall,
} from '@srvau/contracts';
import { checkExactly } from './check-exactly';

const { unicode, count, object } = fieldCheck;
const amount: FieldCheck = ['an amount from 0 on', (value) => Number.isFinite(value) && Number(value) >= 0];
const attempts: FieldCheck = ['a whole number from 1 on', (value) => Number.isSafeInteger(value) && Number(value) >= 1];
const codes: FieldCheck = ['texts', (value) => Array.isArray(value) && value.every(unicode[1])];

const CALL: Readonly<Record<keyof ReflectCall, FieldCheck>> = {
  model: object,
  promptId: unicode,
  promptHash: unicode,
  sampling: object,
  seed: orNull(count),
  promptTokens: orNull(count),
  completionTokens: orNull(count),
  costUsd: orNull(amount),
};

const TEACHER: Readonly<Record<keyof ReflectTeacherCall, FieldCheck>> = { ...CALL, attempts, retriedFor: codes };

const MODEL: Readonly<Record<keyof ModelIdentity, FieldCheck>> = {
  backend: unicode,
  model: unicode,
  hash: orNull(unicode),
};

const PROVENANCE = { initial: orNull(object), teacher: orNull(object) } as const;

/** @returns a copy with the fields in order. @throws SrvauError UNPROCESSABLE with the first wrong field. */
export function checkProvenance(value: unknown, where: string): ReflectRecord['provenance'] {
  const { initial, teacher } = checkExactly<ReflectRecord['provenance']>(value, PROVENANCE, where, 'provenance.');
  return {
    initial: initial === null ? null : checkCall<ReflectCall>(initial, CALL, where, 'provenance.initial.'),
    teacher: teacher === null ? null : checkCall<ReflectTeacherCall>(teacher, TEACHER, where, 'provenance.teacher.'),
  };
}

function checkCall<C extends ReflectCall>(
  value: unknown,
  fields: Readonly<Record<keyof C & string, FieldCheck>>,
  where: string,
  path: string,
): C {
  const call = checkExactly<C>(value, fields, where, path);
  return { ...call, model: checkExactly<ModelIdentity>(call.model, MODEL, where, `${path}model.`) };
}
