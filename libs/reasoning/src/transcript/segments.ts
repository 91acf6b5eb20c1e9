import type { FaultList } from './faults';
import { findTags, isClosing, kindOf, lengthOf, TAG_TEXTS, type Tags } from './tags';
import type { Segment } from './transcript';

export interface Segmentation {
  readonly segments: Segment[];
  /** The completion's one reflection; undefined where there is none to be seen, a further tag of one, or a tag inside. */
  readonly reflection: Segment | undefined;
}

const NOT_SPACE = /\S/g;
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
  const { tags, starts } = found;
  const nexts = nextNamesakes(found);
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
      const segment = Object.freeze({ kind: kindOf(tag), start, end, text: text.slice(cursor, close).trim() });
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
  const isOnlyOne = reflection !== undefined && tags.filter((tag) => kindOf(tag) === 'reflection').length === 2;
  return { segments, reflection: isOnlyOne ? reflection : undefined };
}

function faultNested({ tags, starts }: Tags, i: number, outer: number, faults: FaultList): void {
  const tag = tags[i] ?? 0;
  const start = starts[i] ?? 0;
  const message = `expected text in ${TAG_TEXTS[outer]}, received ${TAG_TEXTS[tag]}`;
  faults.add('nested-tag', message, start, start + lengthOf(tag));
}

/** For each tag the index of the next one of the same name, whether it opens or closes; -1 where there is none. */
function nextNamesakes({ tags }: Tags): number[] {
  const nexts = new Array<number>(tags.length).fill(-1);
  const latest: number[] = [];
  for (let i = tags.length - 1; i >= 0; i -= 1) {
    const name = (tags[i] ?? 0) >> 1;
    nexts[i] = latest[name] ?? -1;
    latest[name] = i;
  }
  return nexts;
}

function isVisible(text: string): boolean {
  const first = text.charCodeAt(0);
  // Nearly every text begins with a printable character of ASCII, which is told faster.
  return (first > 0x20 && first < 0x7f) || VISIBLE.test(text);
}

/** Between segments stands white space alone. */
function checkGap(text: string, from: number, to: number, faults: FaultList): void {
  if (from >= to) return;
  NOT_SPACE.lastIndex = from;
  const start = NOT_SPACE.exec(text)?.index ?? to;
  if (start >= to) return;
  const end = start + text.slice(start, to).trimEnd().length;
  faults.add('stray-text', 'expected white space alone between segments, received text', start, end);
}
