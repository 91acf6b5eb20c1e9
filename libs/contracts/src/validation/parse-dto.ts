import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { type ErrorCode, type ErrorDetail, SrvauError } from '../wire/errors';
import { describe } from './describe';

export type DtoClass<T extends object> = new () => T;

/**
 * Turns untrusted plain data into a validated instance of `dto`.
 *
 * Unknown fields are refused and nothing is converted: `"5"` is not 5.
 *
 * @param what names the input in the message, e.g. `dataset.ingest request`.
 * @throws SrvauError (`code`, by default INVALID_REQUEST) with one detail for each fault.
 */
export function parseDto<T extends object>(
  dto: DtoClass<T>,
  value: unknown,
  what: string,
  code: ErrorCode = 'INVALID_REQUEST',
): T {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(what, [{ field: '(body)', expected: 'a JSON object', received: describe(value) }], code);
  }
  let instance: T;
  let errors: ValidationError[];
  try {
    instance = plainToInstance(dto, value, { exposeDefaultValues: true });
    // To class-validator a class without fields is an unknown one; to us it is a body that must be empty.
    const forbidUnknownValues = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false).length > 0;
    errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues });
  } catch (cause) {
    // The only way here is input nested so deeply that the walk over it overflows the stack.
    const detail = { field: '(body)', expected: 'an object of moderate depth', received: 'one nested too deeply' };
    throw new SrvauError(code, `${what}: expected ${detail.expected}, received ${detail.received}`, {
      details: [detail],
      cause,
    });
  }
  const details = errors.flatMap((error) => flatten(error, ''));
  if (details.length > 0) throw invalid(what, details, code);
  return instance;
}

function invalid(what: string, details: ErrorDetail[], code: ErrorCode): SrvauError {
  const shown = details.slice(0, 5).map((d) => `${d.field}: expected ${d.expected}, received ${d.received}`);
  const more = details.length > shown.length ? `; and ${details.length - shown.length} more` : '';
  return new SrvauError(code, `${what}: ${shown.join('; ')}${more}`, { details });
}

function flatten(error: ValidationError, parent: string): ErrorDetail[] {
  const isIndex = /^\d+$/.test(error.property);
  const field =
    parent === '' ? error.property : isIndex ? `${parent}[${error.property}]` : `${parent}.${error.property}`;
  // class-validator reports one constraint a decorator; a reader wants one line a field.
  const expected = Object.entries(error.constraints ?? {})
    .reverse()
    .map(([rule, message]) => (rule === 'whitelistValidation' ? 'no such field' : expectation(message, error.property)))
    .join(' and ');
  const own = expected === '' ? [] : [{ field, expected, received: describe(error.value) }];
  return [...own, ...(error.children ?? []).flatMap((child) => flatten(child, field))];
}

/** class-validator says `format must be a string`; after `expected` only `a string` reads well. */
function expectation(message: string, property: string): string {
  const withoutName = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  return withoutName
    .replace(/^must be /, '')
    .replace(/^must /, 'it to ')
    .replace(/^should not be /, 'it not to be ');
}
