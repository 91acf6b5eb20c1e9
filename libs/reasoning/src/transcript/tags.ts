import type { SegmentKind } from './transcript';

/**
 * Tags as numbers, as a completion may hold 100,000 of them: an even number opens, the odd one after it closes.
 * `<reflect>` is read as the alias of `<reflection>`, but only `</reflect>` closes it.
 */
export const TAG_TEXTS = [
  '<think>',
  '</think>',
  '<answer>',
  '</answer>',
  '<reflection>',
  '</reflection>',
  '<reflect>',
  '</reflect>',
  '<glue>',
  '</glue>',
] as const;

const THINK = 0;
const ANSWER = 2;
const REFLECTION = 4;
const REFLECT = 6;
const GLUE = 8;

const BRACKET = 0x3c;
const SLASH = 0x2f;
const [T, A, R, G] = [0x74, 0x61, 0x72, 0x67];

/** A tag's characters behind `<` or `</`. */
const unitsOf = (tag: number): Uint8Array => Buffer.from(TAG_TEXTS[tag]?.slice(1) ?? '', 'latin1');
const THINK_UNITS = unitsOf(THINK);
const ANSWER_UNITS = unitsOf(ANSWER);
const REFLECTION_UNITS = unitsOf(REFLECTION);
const REFLECT_UNITS = unitsOf(REFLECT);
const GLUE_UNITS = unitsOf(GLUE);

const LENGTHS = TAG_TEXTS.map((text) => text.length);
const KINDS: readonly SegmentKind[] = ['think', 'answer', 'reflection', 'reflection', 'glue'];

export const isClosing = (tag: number): boolean => (tag & 1) === 1;
export const lengthOf = (tag: number): number => LENGTHS[tag] ?? 0;
export const kindOf = (tag: number): SegmentKind => KINDS[tag >> 1] ?? 'think';

/** Of the opening tag of a segment that begins at `start`. */
export function openingLength(text: string, kind: SegmentKind, start: number): number {
  if (kind !== 'reflection') return OPENING_LENGTHS[kind];
  return isAt(text, REFLECTION_UNITS, start + 1) ? lengthOf(REFLECTION) : lengthOf(REFLECT);
}

const OPENING_LENGTHS = { think: lengthOf(THINK), answer: lengthOf(ANSWER), glue: lengthOf(GLUE) };

/** Parallel arrays, in the order of the text. */
export interface Tags {
  /** Which tag. */
  readonly tags: number[];
  /** Where its `<` is. */
  readonly starts: number[];
  /** Index of the next tag of the same name, whether it opens or closes; -1 where there is none. */
  readonly nexts: number[];
}

/**
 * Finds the tags of the grammar. They are exact: lower case, no white space, no attributes; any other `<` is text.
 * Tags cannot overlap, as none holds a second `<`.
 */
export function findTags(text: string): Tags {
  const tags: number[] = [];
  const starts: number[] = [];
  const nexts: number[] = [];
  const latest = [-1, -1, -1, -1, -1];
  for (let at = text.indexOf('<'); at >= 0;) {
    const tag = tagAt(text, at);
    if (tag < 0) {
      at = text.indexOf('<', at + 1);
      continue;
    }
    const name = tag >> 1;
    const previous = latest[name] ?? -1;
    if (previous >= 0) nexts[previous] = tags.length;
    latest[name] = tags.length;
    tags.push(tag);
    starts.push(at);
    nexts.push(-1);
    at = nextBracket(text, at + lengthOf(tag));
  }
  return { tags, starts, nexts };
}

/** Every other tag follows right behind the one before, or on the next line, where a look is cheaper than a search. */
function nextBracket(text: string, from: number): number {
  if (text.charCodeAt(from) === BRACKET) return from;
  if (text.charCodeAt(from + 1) === BRACKET) return from + 1;
  return text.indexOf('<', from);
}

/** @returns -1 where the `<` begins no tag. */
function tagAt(text: string, at: number): number {
  const closing = text.charCodeAt(at + 1) === SLASH ? 1 : 0;
  const name = at + 1 + closing;
  const opening = openingTagAt(text, name);
  return opening < 0 ? opening : opening + closing;
}

function openingTagAt(text: string, name: number): number {
  switch (text.charCodeAt(name)) {
    case T:
      return isAt(text, THINK_UNITS, name) ? THINK : -1;
    case A:
      return isAt(text, ANSWER_UNITS, name) ? ANSWER : -1;
    case R:
      return isAt(text, REFLECTION_UNITS, name) ? REFLECTION : isAt(text, REFLECT_UNITS, name) ? REFLECT : -1;
    case G:
      return isAt(text, GLUE_UNITS, name) ? GLUE : -1;
    default:
      return -1;
  }
}

/** `text.startsWith(part, at)` in a tenth of its time, the first character being known. */
function isAt(text: string, part: Uint8Array, at: number): boolean {
  for (let i = 1; i < part.length; i += 1) if (text.charCodeAt(at + i) !== part[i]) return false;
  return true;
}
