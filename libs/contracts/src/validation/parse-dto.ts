import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { type ErrorCode, type ErrorDetail, SrvauError } from '../wire/errors';
import { cutText, describe } from './describe';
import { expectation } from './expectation';
import { isObject } from './json';

export type DtoClass<T extends object> = new () => T;

/** More help nobody, and a reply that lists a hundred thousand faults is too large to be sent. */
const MAX_DETAILS = 50;

/**
 * Turns untrusted plain data into a validated instance of `dto`.
 *
 * Unknown fields are refused and nothing is converted: `"5"` is not 5. An optional field that is null counts as not
 * there, since many languages write what is absent so.
 *
 * @param what names the input in the message, e.g. `dataset.ingest request`.
 * @throws SrvauError (`code`, by default INVALID_REQUEST) with one detail for each fault, at most 50 of them.
 */
export function parseDto<T extends object>(
  dto: DtoClass<T>,
  value: unknown,
  what: string,
  code: ErrorCode = 'INVALID_REQUEST',
): T {
  if (!isObject(value)) {
    throw SrvauError.mismatch(code, what, 'a JSON object', describe(value), { field: '(body)' });
  }
  const given = value;
  const known = fieldsOf(dto);
  // Not left to class-validator: it takes `constructor` and `toString` for known, and seconds for 50,000 unknown fields.
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  const strangers = unknown.map((name) => unknownField(name, given[name]));
  if (strangers.length > MAX_DETAILS) throw invalid(what, strangers, code);
  const plain = Object.fromEntries(
    [...known].filter((name) => (given[name] ?? null) !== null).map((name) => [name, given[name]]),
  );
  let instance: T;
  let errors: ValidationError[];
  try {
    instance = plainToInstance(dto, plain, { exposeDefaultValues: true });
    // To class-validator a class without fields is an unknown one; to us it is a body that must be empty.
    const forbidUnknownValues = known.size > 0;
    errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues });
  } catch (cause) {
    // The only way here is input nested so deeply that the walk over it overflows the stack.
    const detail = { field: '(body)', expected: 'an object of moderate depth', received: 'one nested too deeply' };
    throw new SrvauError(code, `${what}: expected ${detail.expected}, received ${detail.received}`, {
      details: [detail],
      cause,
    });
  }
  const details = [...strangers, ...errors.flatMap((error) => flatten(error, '', given[error.property]))];
  if (details.length > 0) throw invalid(what, details, code);
  return instance;
}

/** Names of the fields that a class declares by its decorators, inherited ones included. */
function fieldsOf(dto: DtoClass<object>): ReadonlySet<string> {
  let fields = fieldsByClass.get(dto);
  if (fields === undefined) {
    const declared = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    fields = new Set(declared.map(({ propertyName }) => propertyName));
    fieldsByClass.set(dto, fields);
  }
  return fields;
}

const fieldsByClass = new WeakMap<DtoClass<object>, ReadonlySet<string>>();

function unknownField(name: string, value: unknown): ErrorDetail {
  return { field: cutText(name), expected: 'no such field', received: describe(value) };
}

function invalid(what: string, details: ErrorDetail[], code: ErrorCode): SrvauError {
  const shown = details.slice(0, 5).map((d) => `${d.field}: expected ${d.expected}, received ${d.received}`);
  const more = details.length > shown.length ? `; and ${details.length - shown.length} more` : '';
  return new SrvauError(code, `${what}: ${shown.join('; ')}${more}`, { details: details.slice(0, MAX_DETAILS) });
}

function flatten(error: ValidationError, parent: string, received: unknown): ErrorDetail[] {
  const isIndex = /^\d+$/.test(error.property);
  const name = cutText(error.property);
  const field = parent === '' ? name : isIndex ? `${parent}[${name}]` : `${parent}.${name}`;
  // class-validator reports one constraint a decorator, the last one first; a reader wants one line a field.
  const broken = Object.entries(error.constraints ?? {}).reverse();
  const isUnknown = broken.some(([rule]) => rule === 'whitelistValidation');
  const messages = broken.map(([, message]) => message);
  const expected = isUnknown ? 'no such field' : expectation(error.property, messages);
  const own = expected === '' ? [] : [{ field, expected, received: describe(received) }];
  return [...own, ...(error.children ?? []).flatMap((child) => flattenChild(child, field, own))];
}

function flattenChild(child: ValidationError, field: string, ofParent: readonly ErrorDetail[]): readonly ErrorDetail[] {
  if ((child.property as string | undefined) !== undefined) return flatten(child, field, child.value);
  // So class-validator reports an object that belongs to no class; where the field's own rules refused it, that is enough.
  if (ofParent.length > 0) return [];
  return [{ field, expected: 'an object of a known form', received: describe(child.target) }];
}
