import type { DatasetSource } from '../dataset/dataset-row';
import type { SamplingOptions } from '../models/generate-request';
import type { ModelIdentity } from '../models/model-identity';
import type { TruthRow } from '../reward/read-rollouts';
import type { RolloutTask } from '../reward/rollout';

export const REFLECT_SPLITS = ['train', 'val', 'test'] as const;
export type ReflectSplit = (typeof REFLECT_SPLITS)[number];

/** `correct`: the initial answer is wrong and is put right. `refine`: it is right, and its reasoning is made better. */
export const REFLECT_PATHS = ['correct', 'refine'] as const;
export type ReflectPath = (typeof REFLECT_PATHS)[number];

/**
 * One round of a transcript, as `parseTranscript` reads it.
 *
 * `answer`: `qa` the letter of an option; `tag` `Normal` or `Anomaly`.
 */
export interface ReflectRound {
  /** Text of `<think>`, white space at both ends removed. */
  reasoning: string;
  answer: string;
  /** `tag` with an anomaly: when it happens, in seconds; else null. Nothing is promised about order or sign in a first round. */
  spanSec: readonly [startSec: number, endSec: number] | null;
}

/** What the base model said. */
export interface ReflectInitial extends Omit<ReflectRound, 'answer'> {
  /** Null where the answer that it wrote names no option or no verdict. */
  answer: string | null;
  /** The completion as it came, before it was read. Null where it was not kept (records from elsewhere). */
  completion: string | null;
  /** `completion` matches the base model's grammar exactly. Null where it was not kept. */
  wellFormed: boolean | null;
  /** The answer is right: the option, or the verdict (times do not count). */
  correct: boolean;
}

/** How one model was asked. Token counts are sums over all attempts; null where the backend did not tell. */
export interface ReflectCall {
  model: ModelIdentity;
  /** E.g. `construction/qa`. */
  promptId: string;
  /** SHA-256 in hex of the prompt's wording. */
  promptHash: string;
  /** As asked for, without the seed. */
  sampling: Omit<SamplingOptions, 'seed'>;
  /** Of the first attempt; null where none was set. */
  seed: number | null;
  promptTokens: number | null;
  completionTokens: number | null;
  /** Null where no price is known, which is not the same as free. */
  costUsd: number | null;
}

export interface ReflectTeacherCall extends ReflectCall {
  /** Replies asked for, ≥ 1; the last one was taken. */
  attempts: number;
  /** Codes of the faults of the replies that were sent back, in order. */
  retriedFor: readonly string[];
}

/**
 * One line of D_reflect: (v, q, a1, r, a2) of the paper's Sec. 3.1, and where each part comes from. It holds no times of
 * day: equal configurations give equal bytes.
 */
export interface ReflectRecord {
  /** `<rowId>:<task>:<sample>`, see `reflectId`. Records are in the order of their ids by UTF-16 code units. */
  id: string;
  /** Id of the row in the parent dataset. */
  rowId: string;
  task: RolloutTask;
  /** Which of the initial samples of this row and task, from 0. */
  sample: number;
  /** The same for all records of a video. */
  split: ReflectSplit;
  source: DatasetSource;
  /** The video's name as annotated. */
  video: string;
  videoUri: string | null;
  /** Its frames lie in `frames/<videoKey>/` of the parent dataset. */
  videoKey: string | null;
  durationSec: number | null;
  /** `qa`: what was asked; null in `tag`. */
  question: string | null;
  /** `qa`: 2 to 26 texts, the first being A; null in `tag`. */
  options: readonly string[] | null;
  /** `qa`: the same as `truth.label`; null in `tag`. */
  correctOption: string | null;
  /** `qa`: `label`. `tag`: `normal`, and `spanSec` where that is false. */
  truth: TruthRow;
  anomalyClass: string | null;
  path: ReflectPath;
  initial: ReflectInitial;
  /** Text of `<reflection>`. */
  reflection: string;
  /** Its answer is the truth's. */
  revised: ReflectRound;
  /**
   * The whole of it, well formed in the reflective grammar; `initial`, `reflection` and `revised` say what
   * `parseTranscript` reads from it.
   */
  transcript: string;
  /** Null where nothing is known (records from elsewhere). */
  provenance: {
    initial: ReflectCall | null;
    teacher: ReflectTeacherCall | null;
  };
}

/** Where a rejected item came to its end. */
export const REFLECT_STAGES = ['video', 'initial', 'teacher', 'revision'] as const;
export type ReflectStage = (typeof REFLECT_STAGES)[number];

/** UTF-16 code units of a reject's `lastReply` and `detail`. */
export const MAX_REJECT_TEXT_CHARS = 4000;

/** One line of `rejects.jsonl`: an item that was tried and makes no record. */
export interface ReflectReject {
  id: string;
  rowId: string;
  task: RolloutTask;
  sample: number;
  stage: ReflectStage;
  /** Kebab-case code, the key under which rejects are counted. */
  reason: string;
  /** For people; at most MAX_REJECT_TEXT_CHARS. */
  detail: string;
  /** Replies that the teacher gave; 0 where it was not asked. */
  attempts: number;
  /** Beginning of the last reply that was refused. */
  lastReply: string | null;
  /** What was spent on it in all. */
  usage: ReflectUsage;
}

/** Sums; a call whose backend did not tell its tokens, or that has no price, adds nothing. */
export interface ReflectUsage {
  promptTokens: number;
  completionTokens: number;
  /** Null where no call had a price. */
  costUsd: number | null;
}

export function reflectId({ rowId, task, sample }: Pick<ReflectRecord, 'rowId' | 'task' | 'sample'>): string {
  return `${rowId}:${task}:${sample}`;
}

/** Order of records and rejects on disk: by UTF-16 code units of the id, the same on every machine. */
export function compareReflectIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
