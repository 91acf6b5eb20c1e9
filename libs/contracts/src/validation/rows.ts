import { type ErrorCode, SrvauError } from '../wire/errors';
import { describe } from './describe';
import { cutName, Faults, fieldPath } from './faults';
import { isObject, type JsonObject } from './json';

/** @param at names the row; called when there is a fault, as a name for each row would cost more than its check */
export type CheckRow<T> = (value: unknown, faults: Faults, at: () => string) => T | undefined;

/** @throws SrvauError (`code`) with at most 50 details, whose fields read `rows[3].label` where `what` is `rows` */
export function readRows<T>(value: unknown, what: string, items: string, code: ErrorCode, check: CheckRow<T>): T[] {
  if (!Array.isArray(value)) throw SrvauError.mismatch(code, what, `an array of ${items}`, describe(value));
  const faults = new Faults();
  const rows: T[] = [];
  for (let i = 0; i < value.length; i += 1) {
    const row = check(value[i], faults, () => `${what}[${i}]`);
    if (row !== undefined) rows.push(row);
  }
  faults.throwIfAny(code);
  return rows;
}

/** @throws SrvauError (`code`) */
export function readRow<T>(value: unknown, what: string, item: string, code: ErrorCode, check: CheckRow<T>): T {
  if (!isObject(value)) {
    throw SrvauError.mismatch(code, what, `${item} as a JSON object`, describe(value), { field: '(body)' });
  }
  const faults = new Faults();
  const row = check(value, faults, () => '');
  faults.throwIfAny(code, `${what}: `);
  // Without a fault there is a row.
  return row as T;
}

export function refuseOthers(value: JsonObject, known: ReadonlySet<string>, faults: Faults, at: () => string): void {
  for (const field in value) {
    if (!known.has(field) && Object.hasOwn(value, field))
      faults.add(fieldPath(at(), cutName(field)), 'no such field', value[field]);
  }
}
