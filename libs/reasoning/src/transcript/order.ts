import type { FaultList } from './faults';
import type { Grammar, Segment, SegmentKind, Task } from './transcript';

const KINDS: Readonly<Record<Grammar, readonly SegmentKind[]>> = {
  reflective: ['think', 'answer', 'reflection', 'think', 'answer'],
  'two-step': ['think', 'answer', 'think', 'answer'],
  single: ['think', 'answer'],
  direct: ['answer'],
};
const KINDS_TAG = {
  reflective: withGlue('reflective'),
  'two-step': withGlue('two-step'),
  single: withGlue('single'),
  direct: withGlue('direct'),
};

/** The kinds of a well-formed completion's segments, in order. */
export function segmentKindsOf(grammar: Grammar, task: Task): readonly SegmentKind[] {
  return (task === 'qa' ? KINDS : KINDS_TAG)[grammar];
}

/** Whether a grammar answers twice. */
export const hasTwoRounds = (grammar: Grammar): boolean => grammar === 'reflective' || grammar === 'two-step';

function withGlue(grammar: Grammar): readonly SegmentKind[] {
  return KINDS[grammar].flatMap((kind): SegmentKind[] => (kind === 'answer' ? [kind, 'glue'] : [kind]));
}

/**
 * Compares segments with the expected kinds, in one pass. The right ones in another order are one fault; otherwise each
 * segment that is missing or too much is one.
 */
export function checkOrder(
  segments: readonly Segment[],
  kinds: readonly SegmentKind[],
  end: number,
  faults: FaultList,
): void {
  let differs = 0;
  while (differs < segments.length && segments[differs]?.kind === kinds[differs]) differs += 1;
  if (differs === segments.length && differs === kinds.length) return;
  const misplaced = segments[differs];
  if (misplaced !== undefined && segments.length === kinds.length && sameKinds(segments, kinds)) {
    const message = `expected <${kinds[differs]}>, received <${misplaced.kind}>`;
    faults.add('wrong-order', message, misplaced.start, misplaced.end);
    return;
  }
  let next = 0;
  for (const { kind, start, end } of segments) {
    const repeats = kind === kinds[next - 1] && kind !== kinds[next];
    const at = repeats ? -1 : kinds.indexOf(kind, next);
    if (at < 0) {
      faults.add('extra-segment', `expected ${nameOf(kinds[next])}, received <${kind}>`, start, end);
      continue;
    }
    for (; next < at; next += 1) addMissing(kinds[next], `<${kind}>`, start, faults);
    next = at + 1;
  }
  for (; next < kinds.length; next += 1) addMissing(kinds[next], 'the end', end, faults);
}

function addMissing(kind: SegmentKind | undefined, received: string, at: number, faults: FaultList): void {
  faults.add('missing-segment', `expected ${nameOf(kind)}, received ${received}`, at, at);
}

const nameOf = (kind: SegmentKind | undefined): string => (kind === undefined ? 'the end' : `<${kind}>`);

/** Of equal length; called where both are short. */
function sameKinds(segments: readonly Segment[], kinds: readonly SegmentKind[]): boolean {
  const sorted = (of: readonly SegmentKind[]): string => [...of].sort().join();
  return sorted(segments.map(({ kind }) => kind)) === sorted(kinds);
}
