import { describe, SrvauError } from '@srvau/contracts';

/**
 * What is set for a plugin that does not score was meant for another one: passed over, a misspelt id would score with
 * the defaults and nobody would know.
 *
 * @param named ids that `field` of a request has settings for
 * @param scoring ids of the plugins that score the request
 * @throws SrvauError INVALID_REQUEST naming the id
 */
export function requireScoring(named: Iterable<string>, scoring: readonly string[], field: string): void {
  for (const id of named) {
    if (scoring.includes(id)) continue;
    const expected = `ids of plugins that score this request: ${scoring.join(', ') || 'none'}`;
    throw SrvauError.mismatch('INVALID_REQUEST', field, expected, describe(id));
  }
}
