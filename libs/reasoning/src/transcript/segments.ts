import type { FaultList } from './faults';
import { findTags, isClosing, kindOf, lengthOf, openingLength, TAG_TEXTS, type Tags } from './tags';
import type { Segment, SegmentKind } from './transcript';

export interface Segmentation {
  readonly segments: Segment[];
  /** The completion's one reflection; undefined where there is none to be seen, a further tag of one, or a tag inside. */
  readonly reflection: Segment | undefined;
}

const NOT_SPACE = /\S/g;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const LAST_PRINTABLE = 0x7e;
/** What a reader can see: neither white space nor control, format or filler characters, nor half a surrogate pair. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Cuts a completion into segments.
 *
 * A segment runs from its opening tag to the next tag of the same name, if that one closes it. All tags in between are
 * text: who quotes an answer while thinking has not answered. An opening tag whose next namesake opens again, or that
 * has none, is unclosed; reading goes on right after it, so that what follows a forgotten `</think>` is not lost.
 * Each tag is looked at a bounded number of times, so hostile text takes linear time too.
 */
export function cutSegments(text: string, faults: FaultList): Segmentation {
  const found = findTags(text);
  const { tags, starts, nexts } = found;
  const segments: Segment[] = [];
  let reflection: Segment | undefined;
  let cursor = 0;

  for (let i = 0; i < tags.length; i += 1) {
    const tag = tags[i] ?? 0;
    const start = starts[i] ?? 0;
    const next = nexts[i] ?? -1;
    checkGap(text, cursor, start, faults);
    cursor = start + lengthOf(tag);

    if (isClosing(tag)) {
      faults.add('unopened-tag', `expected an opening tag before, received ${TAG_TEXTS[tag]}`, start, cursor);
    } else if (next < 0 || tags[next] === tag) {
      const message = `expected ${TAG_TEXTS[tag + 1]} before the next ${TAG_TEXTS[tag]}, received none`;
      faults.add('unclosed-tag', message, start, cursor);
    } else {
      const close = starts[next] ?? 0;
      const end = close + lengthOf(tag + 1);
      const segment = { kind: kindOf(tag), start, end, text: trimmed(text, cursor, close) };
      segments.push(segment);
      if (isVisible(segment.text)) {
        if (segment.kind === 'reflection' && next === i + 1) reflection = segment;
      } else {
        const message = `expected text in ${TAG_TEXTS[tag]}, received nothing that can be seen`;
        faults.add('empty-segment', message, start, end);
      }
      for (i += 1; i < next; i += 1) faultNested(found, i, tag, faults);
      cursor = end;
    }
  }
  checkGap(text, cursor, text.length, faults);
  return { segments, reflection: reflection !== undefined && hasOneReflection(tags) ? reflection : undefined };
}

/** One opening tag and one closing tag, wherever they stand. */
function hasOneReflection(tags: readonly number[]): boolean {
  let count = 0;
  for (const tag of tags) if (kindOf(tag) === 'reflection') count += 1;
  return count === 2;
}

function faultNested({ tags, starts }: Tags, i: number, outer: number, faults: FaultList): void {
  const tag = tags[i] ?? 0;
  const start = starts[i] ?? 0;
  const message = `expected text in ${TAG_TEXTS[outer]}, received ${TAG_TEXTS[tag]}`;
  faults.add('nested-tag', message, start, start + lengthOf(tag));
}

// Nearly every text begins and ends with a printable character of ASCII, and nearly every gap is one line feed: both are
// told without a call.
const isPrintable = (unit: number): boolean => unit > SPACE && unit <= LAST_PRINTABLE;

const isVisible = (text: string): boolean => isPrintable(text.charCodeAt(0)) || VISIBLE.test(text);

/** The text of a segment that stands at `start` to `end` of a completion, for who has kept its place alone. */
export function segmentText(completion: string, kind: SegmentKind, start: number, end: number): string {
  const opening = openingLength(completion, kind, start);
  // A closing tag has the slash more.
  return trimmed(completion, start + opening, end - opening - 1);
}

/** `text.slice(start, end).trim()` */
function trimmed(text: string, start: number, end: number): string {
  const piece = text.slice(start, end);
  return isPrintable(text.charCodeAt(start)) && isPrintable(text.charCodeAt(end - 1)) ? piece : piece.trim();
}

/** Between segments stands white space alone. */
function checkGap(text: string, from: number, to: number, faults: FaultList): void {
  if (from >= to || (to - from === 1 && text.charCodeAt(from) === LINE_FEED)) return;
  NOT_SPACE.lastIndex = from;
  const start = NOT_SPACE.exec(text)?.index ?? to;
  if (start >= to) return;
  const end = start + text.slice(start, to).trimEnd().length;
  faults.add('stray-text', 'expected white space alone between segments, received text', start, end);
}
