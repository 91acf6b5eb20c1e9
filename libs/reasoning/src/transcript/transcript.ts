/**
 * The orders of segments that a policy is taught.
 *
 * - `reflective`: `<think><answer><reflection><think><answer>`, what SRVAU-R1 writes (paper, Sec. 3.1)
 * - `two-step`: `<think><answer><think><answer>`, the ablation that thinks twice without a reflection
 * - `single`: `<think><answer>`, what VAU-R1 writes
 * - `direct`: `<answer>`, evaluation without thinking
 *
 * In temporal grounding a `<glue>` follows each answer.
 */
export const GRAMMARS = ['reflective', 'two-step', 'single', 'direct'] as const;
export type Grammar = (typeof GRAMMARS)[number];

/** `qa`: a question with lettered options. `tag`: temporal anomaly grounding, normal or anomalous and when. */
export const TASKS = ['qa', 'tag'] as const;
export type Task = (typeof TASKS)[number];

export type SegmentKind = 'think' | 'answer' | 'reflection' | 'glue';

/** A pair of tags and what is between them. Offsets are UTF-16 code units from the start of the completion. */
export interface Segment {
  readonly kind: SegmentKind;
  /** Of the opening tag's `<`. */
  readonly start: number;
  /** Just after the closing tag's `>`. */
  readonly end: number;
  /** Between the tags, white space at both ends removed. */
  readonly text: string;
}

/** Something that the grammar does not allow, and where. Without width (`start` = `end`) where something is missing. */
export interface Fault {
  readonly code: FaultCode;
  /** For people: what was expected and what came. */
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Faults of structure: any of them costs `wellFormed`. */
export type StructureFaultCode =
  | 'stray-text'
  | 'unclosed-tag'
  | 'unopened-tag'
  | 'nested-tag'
  | 'missing-segment'
  | 'extra-segment'
  | 'wrong-order'
  | 'empty-segment';

/** Faults of what a segment says: the answer or span is lost, the format is not (paper, Eq. 3 scores them apart). */
export type ContentFaultCode = 'unreadable-answer' | 'unreadable-span';

export type FaultCode = StructureFaultCode | ContentFaultCode;

/** Seconds from the start of the video; nothing is promised about order or sign, a policy may write anything. */
export interface SpanSec {
  readonly startSec: number;
  readonly endSec: number;
}

/** One `<answer>`, and in grounding the `<glue>` that belongs to it. */
export interface RoundAnswer {
  /** As written, white space at both ends removed. */
  readonly text: string;
  /** `qa`: the one option that it names, `A`…`Z`. Undefined where it names none or several. */
  readonly option: string | undefined;
  /** `tag`: undefined where it is neither Normal nor Anomaly (or a class of anomaly). */
  readonly verdict: 'normal' | 'anomaly' | undefined;
  /** `tag`: undefined where there is none, or none that can be read. `[-1, -1]` is read as it stands. */
  readonly span: SpanSec | undefined;
}

/** All that could be read from a completion; plain data. */
export interface Transcript {
  readonly grammar: Grammar;
  readonly task: Task;
  /** The completion matches the grammar exactly: no fault of structure. */
  readonly wellFormed: boolean;
  /** The first 100: faults of structure by position, then those of order, then those of content. */
  readonly faults: readonly Fault[];
  /** Of all faults, also those beyond the list. */
  readonly faultCount: number;
  /** In the order of the text; none overlap. */
  readonly segments: readonly Segment[];
  /** Of the first `<answer>`; undefined where there is none. */
  readonly firstAnswer: RoundAnswer | undefined;
  /** Of the last `<answer>`. Undefined too where there is one answer only and the grammar has two rounds. */
  readonly finalAnswer: RoundAnswer | undefined;
  /**
   * There is exactly one reflection, well formed and not empty, between the first and the last answer (paper, I_ref).
   * A further reflection tag anywhere, or a tag inside of the reflection, makes this false.
   */
  readonly hasReflection: boolean;
  /** Where the first round (first think and answer, with its glue) ends; 0 where there is no answer. Its length sets T_target. */
  readonly firstRoundEnd: number;
}
