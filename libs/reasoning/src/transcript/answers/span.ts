import type { SpanSec } from '../transcript';

/** Longer than any two times, with room for odd spacing. */
const MAX_CHARS = 128;
const SPAN = /^\[\s*([^\s,]+)\s*,\s*([^\s,]+)\s*\]$/;
const SECONDS = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const CLOCK = /^(?:(\d+):([0-5]\d)|(\d+)):([0-5]\d(?:\.\d*)?)$/;

/**
 * Reads `[5.2, 10.4]`, each time in decimal seconds, `mm:ss` or `h:mm:ss` (with a fraction, if need be). Numbers may be
 * negative, and the start may come after the end: what that is worth is for the reward to say.
 *
 * @returns undefined where this is not a pair of finite times; exponents are not read.
 */
export function readSpan(text: string): SpanSec | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const match = SPAN.exec(text.trim());
  if (match === null) return undefined;
  const startSec = readTime(match[1] ?? '');
  const endSec = readTime(match[2] ?? '');
  return startSec === undefined || endSec === undefined ? undefined : Object.freeze({ startSec, endSec });
}

/** At most MAX_CHARS digits, so that the result is finite. */
function readTime(text: string): number | undefined {
  // `+ 0` makes -0 a 0.
  if (SECONDS.test(text)) return Number(text) + 0;
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [, hours, minutesOfHour, minutes, seconds] = match;
  return Number(hours ?? 0) * 3600 + Number(minutesOfHour ?? minutes) * 60 + Number(seconds);
}
