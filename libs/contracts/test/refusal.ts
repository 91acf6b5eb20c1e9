import { SrvauError } from '../src/wire/errors';

/** The error that `act` refuses its input with, for a spec to look at. @throws whatever else it throws */
export function refusal(act: () => unknown): SrvauError {
  try {
    act();
  } catch (error) {
    if (error instanceof SrvauError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}
