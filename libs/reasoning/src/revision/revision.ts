import type { QaSubject } from '../prompts/subject';
import type { SpanSec } from '../transcript/transcript';

/** What is known to be right, and what the teacher was shown beside it. */
export type RevisionTruth = (
  | (QaSubject & { readonly correctOption: string })
  /** `span` undefined: the video is normal. */
  | { readonly task: 'tag'; readonly span: SpanSec | undefined }
) & {
  /** Of the video; without it claims about times are not checked. */
  readonly durationSec?: number | undefined;
  /** What annotators wrote about the video, as the construction prompt shows it. */
  readonly facts?: string | undefined;
  /** `correct`: the initial answer was wrong, so that naming the right one gives away what the video should have shown. */
  readonly path: 'correct' | 'refine';
  /** Text of the initial `<think>`. */
  readonly initialReasoning: string;
};

/** Limits of `checkRevision`; words are runs of letters and digits. */
export interface RevisionLimits {
  /** UTF-16 code units of the whole reply. */
  readonly maxReplyChars: number;
  readonly minReflectionWords: number;
  readonly maxReflectionWords: number;
  readonly minReasoningWords: number;
  readonly maxReasoningWords: number;
  /** `tag`: IoU of the revised span with the true one, at least; 0 takes any span. */
  readonly minSpanIou: number;
  /** Longest run of words taken from the facts as they stand. */
  readonly maxCopiedRunWords: number;
  /** Share of the reply's runs of four words that stand in the facts; 1 takes any. */
  readonly maxCopiedShare: number;
  /** A time may lie so far behind the video's end: containers round. */
  readonly timeToleranceSec: number;
  /** `en`: the text has to be English. `any`: not looked at. */
  readonly language: 'en' | 'any';
}

export const DEFAULT_REVISION_LIMITS: RevisionLimits = {
  maxReplyChars: 32_768,
  minReflectionWords: 8,
  maxReflectionWords: 300,
  minReasoningWords: 12,
  maxReasoningWords: 600,
  minSpanIou: 0.5,
  maxCopiedRunWords: 14,
  maxCopiedShare: 0.4,
  timeToleranceSec: 1,
  language: 'en',
};

/** Why a reply is not taken. The codes are counted, and stand in the provenance of records that took several tries. */
export const REVISION_FAULTS = [
  'empty',
  'too-long',
  'cut-off',
  'filtered',
  'markup',
  'grammar',
  'wrong-answer',
  'span-missing',
  'span-differs',
  'span-outside-video',
  'reflection-too-short',
  'reflection-too-long',
  'reasoning-too-short',
  'reasoning-too-long',
  'reflection-only-answer',
  'reflection-states-answer',
  'mentions-truth',
  'copied-facts',
  'unchanged',
  'time-outside-video',
  'language',
] as const;
export type RevisionFaultCode = (typeof REVISION_FAULTS)[number];

export interface RevisionFault {
  readonly code: RevisionFaultCode;
  /** For the teacher and for people: what was expected and what came. */
  readonly message: string;
}

/** What the teacher wrote, taken apart. */
export interface Revision {
  /** Text of `<reflection>`. */
  readonly reflection: string;
  /** Text of `<think>`. */
  readonly reasoning: string;
  /** `tag` with an anomaly: when it happens. */
  readonly span: SpanSec | undefined;
}

export type RevisionCheck =
  | { readonly ok: true; readonly revision: Revision }
  /** At least one fault, the gravest first. */
  | { readonly ok: false; readonly faults: readonly RevisionFault[] };
