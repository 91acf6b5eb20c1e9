import type { SpanSec } from '@srvau/contracts';

/** What a row says about when the anomaly happens. */
export type SpanReading =
  | { kind: 'span'; spanSec: SpanSec }
  /** No span is annotated: both ends are 0, both are −1, or both are empty. */
  | { kind: 'none' }
  /** An instant: as a stretch it has no length, so that no answer could ever overlap it. */
  | { kind: 'empty'; detail: string }
  | { kind: 'invalid'; detail: string };

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;

/** Reads `Start Time` and `End Time`, seconds in decimal notation. */
export function readSpanText(start: string, end: string): SpanReading {
  const [startText, endText] = [start.trim(), end.trim()];
  if (startText === '' && endText === '') return { kind: 'none' };
  const startSec = toSeconds(startText);
  const endSec = toSeconds(endText);
  if (startSec === null || endSec === null) {
    return { kind: 'invalid', detail: `expected two numbers of seconds, received ${quote(startText, endText)}` };
  }
  return readSpan(startSec, endSec);
}

export function readSpan(startSec: number, endSec: number): SpanReading {
  const received = `received ${startSec} to ${endSec}`;
  if (startSec === endSec && (startSec === 0 || startSec === -1)) return { kind: 'none' };
  if (!Number.isFinite(startSec) || !Number.isFinite(endSec)) {
    return { kind: 'invalid', detail: `expected two finite numbers of seconds, ${received}` };
  }
  if (startSec < 0 || endSec < 0) return { kind: 'invalid', detail: `expected seconds from 0 on, ${received}` };
  if (startSec > endSec) return { kind: 'invalid', detail: `expected a start before the end, ${received}` };
  if (startSec === endSec) return { kind: 'empty', detail: `expected a start before the end, ${received}` };
  // -0 would be written as 0 and read as another number.
  return { kind: 'span', spanSec: [startSec + 0, endSec + 0] };
}

function toSeconds(text: string): number | null {
  return text.length <= 64 && NUMBER.test(text) ? Number(text) : null;
}

const quote = (start: string, end: string): string => JSON.stringify([start.slice(0, 40), end.slice(0, 40)]);
