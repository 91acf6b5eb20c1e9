/**
 * class-validator's words for a rule, where they do not read well behind `expected`: without the field's name, and
 * with their values kept.
 */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [/^must be a number conforming to the specified constraints$/, 'a number'],
  [/^must be a positive number$/, 'a number above 0'],
  [/^must be a boolean value$/, 'a boolean'],
  [/^must be one of the following values: /, 'one of '],
  [/^must be equal to /, ''],
  [/^must not be less than /, 'at least '],
  [/^must not be greater than /, 'at most '],
  [/^must be longer than or equal to (\d+) and shorter than or equal to (\d+) characters$/, '$1 to $2 characters long'],
  [/^must be longer than or equal to 1 characters$/, 'at least 1 character long'],
  [/^must be longer than or equal to (\d+) characters$/, 'at least $1 characters long'],
  [/^must be shorter than or equal to (\d+) characters$/, 'at most $1 characters long'],
  [/^must contain at least 1 elements$|^should not be empty$/, 'at least 1 item'],
  [/^must contain at least (\d+) elements$/, 'at least $1 items'],
  [/^must contain no more than (\d+) elements$/, 'at most $1 items'],
  [/^All .*'s elements must be unique$/, 'items that differ from each other'],
  [/^must match (.*) regular expression$/, 'a text that matches $1'],
  [/^nested property .* must be either object or array$/, 'an object'],
  [/^must be /, ''],
  [/^must /, 'it to '],
];

const EACH = /^each value in /;
const INDEX = /^\d+$/;

/**
 * What was expected of a field, in one line, from what class-validator says of each rule that it breaks: to
 * `format must be a string` only `a string` is left.
 */
export function expectation(property: string, messages: readonly string[]): string {
  // A fault of one item is told under its index, in the same words.
  const isOfItems = (message: string): boolean => EACH.test(message) && !INDEX.test(property);
  const whole = joined(
    property,
    messages.filter((message) => !isOfItems(message)),
  );
  const items = joined(property, messages.filter(isOfItems));
  return [whole, items === '' ? '' : `every item to be ${items}`].filter((text) => text !== '').join(' and ');
}

/** Two rules may share a text, `above 0 and at most 1` for instance; it is said once. */
function joined(property: string, messages: readonly string[]): string {
  return [...new Set(messages.map((message) => reworded(withoutName(message, property))))].join(' and ');
}

function withoutName(message: string, property: string): string {
  const bare = message.replace(EACH, '');
  return bare.startsWith(`${property} `) ? bare.slice(property.length + 1) : bare;
}

function reworded(message: string): string {
  for (const [pattern, words] of REWORDED) {
    if (pattern.test(message)) return message.replace(pattern, words);
  }
  return message;
}
