import {
  type DatasetRow,
  EVALUATION_TASKS,
  type EvaluationRunRequest,
  type EvaluationTask,
  type ReferenceRow,
  type ReportPrompt,
  type Thinking,
  THINKINGS,
  type VauEvalReference,
} from '@srvau/contracts';
import { isReference } from '@srvau/judge';
import { contextOf, taskOfRow } from '@srvau/model-pool';
import type { Generation } from '@srvau/models';
import { descriptionPrompt, grammarOf, policyPrompt, type PolicyPromptName, type Prompt } from '@srvau/reasoning';

/** One task in one way of asking it. */
export interface Way {
  readonly task: EvaluationTask;
  readonly thinking: Thinking;
  readonly prompt: ReportPrompt;
  /** How `qa` and `tag` are asked; undefined for `describe`. */
  readonly policy: PolicyPromptName | undefined;
}

/** What a row is asked in a way. */
export interface Question {
  readonly prompt: Pick<Prompt, 'system' | 'user'>;
  readonly context: Generation['context'];
}

const DEFAULT_TASKS: readonly EvaluationTask[] = ['qa', 'tag'];
const DEFAULT_PROMPT: PolicyPromptName = 'reflection-rft';

/** In the order of reports: by task, then thinking. */
export function waysOf({ tasks = [...DEFAULT_TASKS], thinking, prompt }: EvaluationRunRequest): Way[] {
  return EVALUATION_TASKS.filter((task) => tasks.includes(task)).flatMap((task) =>
    THINKINGS.filter((each) => (thinking ?? defaultThinking(task)).includes(each)).map((each): Way => {
      if (task === 'describe') {
        const { id, hash } = descriptionPrompt(each);
        return { task, thinking: each, prompt: { id, hash, grammar: null }, policy: undefined };
      }
      const policy = each === 'without' ? 'direct' : (prompt ?? DEFAULT_PROMPT);
      const { id, hash } = policyPrompt(policy, task === 'qa' ? ANY_QUESTION : { task });
      return { task, thinking: each, policy, prompt: { id, hash, grammar: grammarOf(policy) } };
    }),
  );
}

/** The hash of a prompt does not depend on what it is filled with. */
const ANY_QUESTION = { task: 'qa', question: '?', options: ['1', '2'] } as const;

const defaultThinking = (task: EvaluationTask): readonly Thinking[] => (task === 'qa' ? THINKINGS : ['with']);

/** Why a row takes no part in a task; undefined where it does. */
export function exclusionOf(row: DatasetRow, task: EvaluationTask): string | undefined {
  switch (task) {
    case 'qa':
      return row.qaEligible ? undefined : 'no-question';
    case 'tag':
      return row.groundingEligible ? undefined : 'no-temporal-truth';
    case 'describe':
      return isDescribed(row) ? undefined : 'no-annotation';
  }
}

/** A class or a list of objects alone is no text that a description could be held against: all but one mark would be guessed. */
const isDescribed = ({ description, reasoning }: DatasetRow): boolean =>
  isReference({ ...(description !== null && { description }), ...(reasoning !== null && { reasoning }) });

/** @throws SrvauError UNPROCESSABLE: a row that takes no part in the task */
export function questionOf(row: DatasetRow, { task, thinking, policy }: Way): Question {
  if (task === 'describe' || policy === undefined) return { prompt: descriptionPrompt(thinking), context: undefined };
  const asked = taskOfRow(row, task);
  return { prompt: policyPrompt(policy, asked.subject), context: contextOf(row, asked) };
}

/** What is right; null where that is for a judge to say. */
export function referenceOf(row: DatasetRow, task: EvaluationTask): ReferenceRow | null {
  if (task === 'describe') return null;
  const isQa = task === 'qa';
  return {
    id: row.id,
    task,
    label: isQa ? (row.correctOption ?? undefined) : undefined,
    normal: isQa ? undefined : row.normal,
    spanSec: isQa ? undefined : (row.spanSec ?? undefined),
    anomalyClass: row.anomalyClass ?? undefined,
    durationSec: row.durationSec !== null && row.durationSec > 0 ? row.durationSec : undefined,
  };
}

/** What a description is held against. */
export function judgeReferenceOf({ description, reasoning, anomalyClass, keyObject }: DatasetRow): VauEvalReference {
  return {
    ...(description === null ? {} : { description }),
    ...(reasoning === null ? {} : { reasoning }),
    ...(anomalyClass === null ? {} : { anomalyClass }),
    ...(keyObject === null ? {} : { keyObject }),
  };
}
