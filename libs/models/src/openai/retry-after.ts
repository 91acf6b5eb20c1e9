/**
 * How long an endpoint wants to be left alone: `retry-after-ms` (OpenAI), else `Retry-After` in seconds or as an HTTP
 * date (RFC 9110, 10.2.3).
 *
 * @param header lower-case names
 * @param nowMs since the epoch
 * @returns ms, ≥ 0 and finite; undefined where nothing that can be read is said
 */
export function retryAfterMs(
  header: Readonly<Record<string, string | string[] | undefined>>,
  nowMs: number,
): number | undefined {
  const precise = numberOf(header['retry-after-ms']);
  if (precise !== undefined) return precise;
  const given = header['retry-after'];
  const seconds = numberOf(given);
  if (seconds !== undefined) return seconds * 1000;
  // Date.parse would also read `5 days` and `2001`.
  if (typeof given !== 'string' || !HTTP_DATE.test(given)) return undefined;
  const time = Date.parse(given);
  return Number.isNaN(time) ? undefined : Math.max(0, time - nowMs);
}

/** IMF-fixdate, the one form that is still written. */
const HTTP_DATE = /^\s*[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT\s*$/;

/** Decimals are in use, though not in the standard. */
function numberOf(text: string | string[] | undefined): number | undefined {
  if (typeof text !== 'string' || !/^\s*\d{1,12}(\.\d{1,12})?\s*$/.test(text)) return undefined;
  return Number(text);
}
