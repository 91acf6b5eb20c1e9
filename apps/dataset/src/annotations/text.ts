/** VAU-Bench writes -1 where a text is not there, in some files as a floating-point number. */
const ABSENT = new Set(['', '-1', '-1.0']);

/** The text without surrounding space; null where it stands for "not annotated". */
export function annotatedText(text: string | null | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return ABSENT.has(trimmed) ? null : wellFormed(trimmed);
}

/** JSON and Python can write half a surrogate pair as an escape; it is no character, and UTF-8 has no form for it. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

/** For comparing texts that people typed: letter case, runs of space and closing full stops do not matter. */
export function foldText(text: string): string {
  const folded = text.trim().split(/\s+/u).join(' ').toLowerCase();
  let end = folded.length;
  while (end > 0 && (folded[end - 1] === '.' || folded[end - 1] === ' ')) end -= 1;
  return folded.slice(0, end);
}
