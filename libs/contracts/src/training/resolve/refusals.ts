import { describe } from '../../validation/describe';
import { type ErrorDetail, SrvauError } from '../../wire/errors';

/** What is wrong with a configuration as a whole, collected so that a person sees all of it at once. */
export class Refusals {
  private readonly details: ErrorDetail[] = [];

  /** @param field of the request, e.g. `config.loss.delta` */
  unless(holds: boolean, field: string, expected: string, received: unknown): void {
    if (!holds) this.details.push({ field, expected, received: describe(received) });
  }

  /** @throws SrvauError INVALID_REQUEST where anything was refused. */
  throwIfAny(what: string): void {
    if (this.details.length > 0) throw refusal(what, this.details);
  }
}

export function refusal(what: string, details: readonly ErrorDetail[]): SrvauError {
  const lines = details.map(({ field, expected, received }) => `${field}: expected ${expected}, received ${received}`);
  return new SrvauError('INVALID_REQUEST', `${what}: ${lines.join('; ')}`, { details });
}
