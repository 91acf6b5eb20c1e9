import { type ErrorCode, SrvauError } from '../wire/errors';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether it is what JSON calls an object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/**
 * The value that a text of JSON stands for.
 * @param where names the text in the message, e.g. the path of its file
 * @throws SrvauError (`code`) with the parser's own words on what is wrong, and where
 */
export function parseJson(text: string, where: string, code: ErrorCode = 'INVALID_JSON'): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // It quotes the text, line breaks too; a message is one line.
    const fault = (cause as Error).message.replace(/\s+/g, ' ');
    throw SrvauError.mismatch(code, where, 'JSON', fault, { cause });
  }
}
