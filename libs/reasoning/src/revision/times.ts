import type { RevisionFault } from './revision';

const NUMBER = String.raw`(\d{1,7}(?:\.\d{1,6})?)`;
/** `5 s`, `12.5 seconds`, `the 30th second`, `a 4-second gap`. */
const SECONDS = new RegExp(String.raw`(?<![\d.:,])${NUMBER}(?:st|nd|rd|th)?[\s-]?(?:s|secs?|seconds?)\b`, 'gi');
const MINUTES = new RegExp(String.raw`(?<![\d.:,])${NUMBER}[\s-]?(?:mins?|minutes?)\b`, 'gi');
/** `[5.2, 10.4]` as answers have it. */
const PAIR = new RegExp(String.raw`\[\s{0,3}${NUMBER}\s{0,3},\s{0,3}${NUMBER}\s{0,3}\]`, 'g');
/** `0:42`. With hours, or with am and pm, it is a time of day, which cameras write into the picture. */
const CLOCK = /(?<![\d:.])(\d{1,2}):([0-5]\d)(?![\d:]|\s?[ap]\.?m\b)/gi;

/** Every time, or length of time, that a text speaks of, in seconds. */
export function timeClaims(text: string): { text: string; sec: number }[] {
  const claims: { text: string; sec: number }[] = [];
  for (const [found, value] of text.matchAll(SECONDS)) claims.push({ text: found, sec: Number(value) });
  for (const [found, value] of text.matchAll(MINUTES)) claims.push({ text: found, sec: Number(value) * 60 });
  for (const [found, start, end] of text.matchAll(PAIR)) {
    claims.push({ text: found, sec: Math.max(Number(start), Number(end)) });
  }
  for (const [found, minutes, seconds] of text.matchAll(CLOCK)) {
    claims.push({ text: found, sec: Number(minutes) * 60 + Number(seconds) });
  }
  return claims;
}

/** @param durationSec no video holds a time behind its end, nor a stretch longer than itself */
export function checkTimes(text: string, durationSec: number, toleranceSec: number): RevisionFault[] {
  const outside = timeClaims(text).find(({ sec }) => sec > durationSec + toleranceSec);
  if (outside === undefined) return [];
  const message = `expected times inside of the video, which lasts ${durationSec.toFixed(1)} seconds, received "${outside.text}"`;
  return [{ code: 'time-outside-video', message }];
}
