/**
 * Freezes a value of plain data with everything in it.
 * What is frozen already is taken to be frozen all the way down, and skipped.
 */
export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
}
