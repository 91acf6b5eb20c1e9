const MAX_CHARS = 80;

/**
 * Renders a received value for an error message: `"abc" (string)`, `-1 (number)`, `nothing`, `an array of 3`.
 * Long values are cut, so that a hostile one cannot fill a log.
 */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') {
    const keys = Object.keys(value);
    return `an object with ${keys.length === 0 ? 'no keys' : `keys ${cutText(keys.join(', '))}`}`;
  }
  if (typeof value === 'string') return `${cutText(JSON.stringify(value))} (string)`;
  return `${cutText(String(value))} (${typeof value})`;
}

/** The text, or its beginning and its length where it is long. */
export function cutText(text: string): string {
  return text.length <= MAX_CHARS ? text : `${text.slice(0, MAX_CHARS)}… (${text.length} characters)`;
}
