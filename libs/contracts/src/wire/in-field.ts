import { cutText } from '../validation/describe';
import { SrvauError } from './errors';

/**
 * Runs work that one field of a request is the cause of, and names it in what the work throws: stores and models name
 * what they were given, callers look for a field.
 */
export async function inField<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // A reason to stop is no fault of the field.
    if (!(error instanceof SrvauError) || error.code === 'CANCELLED') throw error;
    const { code, message, retryAfterMs } = error;
    const unnamed = { field, expected: 'one that can be used', received: cutText(message) };
    const details = error.details.length === 0 ? [unnamed] : error.details.map((detail) => ({ ...detail, field }));
    const named = message.startsWith(`${field}: `) ? message : `${field}: ${message}`;
    throw new SrvauError(code, named, { details, retryAfterMs, cause: error });
  }
}
