import type { SpanSec } from '../transcript';

/** Longer than any two times, with room for odd spacing. */
const MAX_CHARS = 128;
const CLOCK = /^(?:(\d+):([0-5]\d)|(\d+)):([0-5]\d(?:\.\d*)?)$/;
const [PLUS, MINUS, POINT, ZERO, NINE] = [0x2b, 0x2d, 0x2e, 0x30, 0x39];

/**
 * Reads `[5.2, 10.4]`, each time in decimal seconds, `mm:ss` or `h:mm:ss` (with a fraction, if need be). Numbers may be
 * negative, and the start may come after the end: what that is worth is for the reward to say.
 *
 * @returns undefined where this is not a pair of finite times; exponents are not read.
 */
export function readSpan(text: string): SpanSec | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const pair = text.trim();
  const comma = pair.indexOf(',');
  if (comma < 0 || !pair.startsWith('[') || !pair.endsWith(']')) return undefined;
  const startSec = readTime(pair.slice(1, comma).trim());
  const endSec = readTime(pair.slice(comma + 1, -1).trim());
  return startSec === undefined || endSec === undefined ? undefined : { startSec, endSec };
}

/** At most MAX_CHARS digits, so that the result is finite. */
function readTime(text: string): number | undefined {
  // `+ 0` makes -0 a 0.
  if (isDecimal(text)) return Number(text) + 0;
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [, hours, minutesOfHour, minutes, seconds] = match;
  return Number(hours ?? 0) * 3600 + Number(minutesOfHour ?? minutes) * 60 + Number(seconds);
}

/** A sign perhaps, and digits with one point at most: `5`, `-1.0`, `5.`, `.5`; neither exponents nor other bases. */
function isDecimal(text: string): boolean {
  const first = text.charCodeAt(0);
  let digits = 0;
  let points = 0;
  for (let i = first === PLUS || first === MINUS ? 1 : 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= ZERO && unit <= NINE) digits += 1;
    else if (unit === POINT && points === 0) points = 1;
    else return false;
  }
  return digits > 0;
}
