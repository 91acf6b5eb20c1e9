import { isObject } from '../../validation/json';

type Plain = Readonly<Record<string, unknown>>;

/** No configuration nests deeper. What does is left as it is, for validation to refuse. */
const MAX_DEPTH = 8;

/**
 * `over` laid on `base`: objects field by field, everything else as a whole. A null in `over` says "the default", as many
 * languages write what is absent so: it takes away what `base` has.
 */
export function merged(base: Plain, over: Plain, depth = 0): Record<string, unknown> {
  const fields: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(base), ...Object.keys(over)])) {
    const [below, above] = [own(base, name), own(over, name)];
    if (above === null) continue;
    if (above === undefined) fields.push([name, below]);
    else if (!isObject(above) || depth >= MAX_DEPTH) fields.push([name, above]);
    else fields.push([name, merged(isObject(below) ? below : {}, above, depth + 1)]);
  }
  return Object.fromEntries(fields);
}

const own = (object: Plain, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);
