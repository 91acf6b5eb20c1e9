/**
 * Freezes a value of plain data with everything in it.
 * What is frozen already is taken to be frozen all the way down, and skipped.
 */
export function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') freezeObject(value);
  return value;
}

// Every batch for a plugin of somebody else comes through here: hence no call for what is no object, and no names of
// indices.
function freezeObject(object: object): void {
  if (Object.isFrozen(object)) return;
  if (Array.isArray(object)) {
    for (const item of object as unknown[]) if (typeof item === 'object' && item !== null) freezeObject(item);
  } else {
    for (const key in object) {
      const item: unknown = object[key as never];
      if (typeof item === 'object' && item !== null) freezeObject(item);
    }
  }
  Object.freeze(object);
}
