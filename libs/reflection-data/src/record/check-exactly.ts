import { checkFields, type FieldCheck, refuseOtherFields } from '@srvau/contracts';

/**
 * Types an object that has these fields and no others.
 *
 * @param path of the object within what `where` names, e.g. `initial.`
 * @returns a copy with the fields in the order of `checks`, so that equal objects are equal bytes.
 * @throws SrvauError UNPROCESSABLE with the first wrong field.
 */
export function checkExactly<T extends object>(
  value: unknown,
  checks: Readonly<Record<keyof T & string, FieldCheck>>,
  where: string,
  path = '',
): T {
  const object = checkFields<T>(value, checks, where, path);
  refuseOtherFields(object, checks, where, path);
  return Object.fromEntries(Object.keys(checks).map((field) => [field, object[field as keyof T]])) as T;
}
