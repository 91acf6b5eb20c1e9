import type { EvaluationTask, ReferenceRow, Thinking, VauEvalJudgement } from '@srvau/contracts';

/** What a model wrote. */
export interface ItemAnswer {
  completion: string;
  /** What an endpoint gives apart as the model's thinking. */
  reasoning?: string | undefined;
  finishReason: 'stop' | 'length' | 'filtered';
  /** Null where the backend does not tell. */
  promptTokens: number | null;
  completionTokens: number | null;
}

/** Why there is no answer. */
export interface MissingAnswer {
  /** In kebab case, what items are counted by: `video-unreadable`. */
  missing: string;
  /** For people. */
  detail: string;
}

/** One item of an evaluation, asked. */
export interface EvaluatedItem {
  /** Of the dataset's row: the same for each task and way of asking, so that these can be paired. */
  id: string;
  task: EvaluationTask;
  thinking: Thinking;
  /** Source of the row: `msad`, `ucf`, `ecva`, `unknown` or any other name. */
  dataset: string;
  /** Its name, where there is one to tell. */
  video?: string | null;
  /** Null: there is no single right answer, as of a description. */
  reference: ReferenceRow | null;
  answer: ItemAnswer | MissingAnswer;
  /** Of `describe`. */
  judgement?: VauEvalJudgement | null;
}

export const isAnswered = (answer: EvaluatedItem['answer']): answer is ItemAnswer => 'completion' in answer;
