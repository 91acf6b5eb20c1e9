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

const LENGTHS = TAG_TEXTS.map((text) => text.length);
const KINDS: readonly SegmentKind[] = ['think', 'answer', 'reflection', 'reflection', 'glue'];

export const isClosing = (tag: number): boolean => (tag & 1) === 1;
export const lengthOf = (tag: number): number => LENGTHS[tag] ?? 0;
export const kindOf = (tag: number): SegmentKind => KINDS[tag >> 1] ?? 'think';

/** Parallel arrays: which tag, and where its `<` is. */
export interface Tags {
  readonly tags: number[];
  readonly starts: number[];
}

/**
 * Finds the tags of the grammar, in order. They are exact: lower case, no white space, no attributes; any other `<` is text.
 * Tags cannot overlap, as none holds a second `<`.
 */
export function findTags(text: string): Tags {
  const tags: number[] = [];
  const starts: number[] = [];
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const tag = tagAt(text, at);
    if (tag < 0) continue;
    tags.push(tag);
    starts.push(at);
  }
  return { tags, starts };
}

/** @returns -1 where the `<` begins no tag. */
function tagAt(text: string, at: number): number {
  const closing = text[at + 1] === '/' ? 1 : 0;
  const name = at + 1 + closing;
  const opening = openingTagAt(text, name);
  return opening < 0 ? opening : opening + closing;
}

function openingTagAt(text: string, name: number): number {
  switch (text[name]) {
    case 't':
      return text.startsWith('think>', name) ? THINK : -1;
    case 'a':
      return text.startsWith('answer>', name) ? ANSWER : -1;
    case 'r':
      return text.startsWith('reflection>', name) ? REFLECTION : text.startsWith('reflect>', name) ? REFLECT : -1;
    case 'g':
      return text.startsWith('glue>', name) ? GLUE : -1;
    default:
      return -1;
  }
}
