const SECRET_NAME =
  /(password|passwd|passphrase|secret|token|authorization|cookie|creds|credentials?|jwt|(api|access|private)[-_]?key)$/i;
const HIDDEN = '[redacted]';
/** Deeper values are not printed anyway: it is the limit of pino's own serializer. */
const MAX_DEPTH = 5;

/**
 * A copy of `fields` without the values of fields whose names say that they are secret, at any depth.
 * Numbers stay, `maxToken: 5` is not a secret.
 */
export function redactFields(fields: object): Record<string, unknown> {
  return redact(fields, 0) as Record<string, unknown>;
}

function redact(value: unknown, depth: number): unknown {
  if (value === null || typeof value !== 'object' || !isPlain(value)) return value;
  if (depth > MAX_DEPTH) return '[Object]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isSecret = SECRET_NAME.test(name) && inner !== null && ['string', 'object'].includes(typeof inner);
      return [name, isSecret ? HIDDEN : redact(inner, depth + 1)];
    }),
  );
}

/** Errors, dates, buffers and whatever says itself how it becomes JSON are left to their serializers. */
function isPlain(value: object): boolean {
  return !(value instanceof Error) && !ArrayBuffer.isView(value) && !('toJSON' in value);
}

/**
 * Hides `user:password@` in every URL of a text, wherever it stands: messages of libraries quote URLs.
 * The bounded repeat keeps it linear.
 */
export function redactUrls(text: string): string {
  return text.replace(/:\/\/[^\s/"]{1,512}@/g, `://${HIDDEN}@`);
}
