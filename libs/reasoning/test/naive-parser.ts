import { segmentKindsOf } from '../src/transcript/order';
import type { Grammar, Segment, SegmentKind, Task } from '../src/transcript/transcript';

/** The rules of the transcript once more, as plainly as they can be said and without regard to time. */

const TAG = /<\/?(think|answer|reflection|reflect|glue)>/g;
const kindOf = (name: string): SegmentKind => (name === 'reflect' ? 'reflection' : name) as SegmentKind;

export function naiveSegments(text: string): Segment[] {
  const tags = [...text.matchAll(TAG)].map(([tag, name = ''], i, { length }) => ({ tag, name, i, length }));
  const starts = [...text.matchAll(TAG)].map(({ index }) => index);
  const segments: Segment[] = [];
  for (let i = 0; i < tags.length;) {
    const { tag, name } = tags[i] ?? { tag: '', name: '' };
    const next = tags.find((other) => other.i > i && other.name === name);
    if (tag.startsWith('</') || next === undefined || !next.tag.startsWith('</')) {
      i += 1;
      continue;
    }
    const start = starts[i] ?? 0;
    const close = starts[next.i] ?? 0;
    const inner = text.slice(start + tag.length, close);
    segments.push({ kind: kindOf(name), start, end: close + next.tag.length, text: inner.trim() });
    i = next.i + 1;
  }
  return segments;
}

/** One regular expression for the whole transcript; it backtracks, so it is for short texts. */
const EXACT = new Map<string, RegExp>();

export function naiveWellFormed(text: string, grammar: Grammar, task: Task): boolean {
  const key = `${grammar} ${task}`;
  const exact = EXACT.get(key) ?? exactForm(grammar, task);
  EXACT.set(key, exact);
  const texts = exact.exec(text)?.slice(1);
  return texts !== undefined && texts.every((inner) => inner === undefined || [...inner].some(isSeen));
}

function exactForm(grammar: Grammar, task: Task): RegExp {
  const pair = (name: string): string =>
    `<${name}>((?:(?!</?(?:think|answer|reflect|reflection|glue)>)[^])*)</${name}>`;
  const forms = segmentKindsOf(grammar, task).map((kind) =>
    kind === 'reflection' ? `(?:${pair('reflection')}|${pair('reflect')})` : pair(kind),
  );
  return new RegExp(`^\\s*${forms.join('\\s*')}\\s*$`);
}

const isSeen = (character: string): boolean =>
  character.trim() !== '' && !/[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u.test(character);
