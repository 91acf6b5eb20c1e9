import { canonicalJson } from '@srvau/contracts';
import { withoutSecrets } from './without-secrets';

/** A copy with the keys of every object in order, without what JSON has no place for; no URI in it shows a secret. */
export function inOrder(value: object): Record<string, unknown> {
  return JSON.parse(canonicalJson(value), (_key, inner: unknown) =>
    typeof inner === 'string' ? withoutSecrets(inner) : inner,
  ) as Record<string, unknown>;
}
