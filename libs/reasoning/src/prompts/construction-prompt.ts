import { describe, SrvauError } from '@srvau/contracts';
import { renderSpan } from '../transcript/render-transcript';
import type { RoundAnswer, SpanSec } from '../transcript/transcript';
import { fillTemplate, type Prompt } from './prompt';
import { letterOf, type QaSubject, type TagSubject, valuesOf } from './subject';
import { CONSTRUCTION } from './templates/construction';

/** The base model's round, as `parseTranscript` read it. */
export interface InitialRound {
  /** Text of the first `<think>`; empty where there is none. */
  readonly reasoning: string;
  /** Undefined where there is none. */
  readonly answer: RoundAnswer | undefined;
}

interface WithInitialRound {
  readonly initial: InitialRound;
  /** What annotators wrote about the video, for the teacher alone. */
  readonly facts?: string;
}

export type ConstructionInput =
  /** `correctOption`: the letter of one of the options. */
  | (QaSubject & WithInitialRound & { readonly correctOption: string })
  /** `span` undefined: the video is normal. */
  | (TagSubject & WithInitialRound & { readonly span: SpanSec | undefined });

/** `correct`: the initial answer is wrong and its reasoning is put right. `refine`: it is right, and made better. */
export type ReflectionPath = 'correct' | 'refine';

export interface ConstructionPrompt extends Prompt {
  readonly path: ReflectionPath;
}

/**
 * What the teacher is asked, to reflect on an initial round and revise it (paper, Sec. 3.1 and App. D).
 *
 * It answers `<reflection>…</reflection><think>…</think><answer>…</answer>`; put behind the initial round, that is a
 * transcript of the reflective grammar.
 *
 * @throws SrvauError INVALID_REQUEST: see `Subject`; a correct option that the question does not have.
 */
export function constructionPrompt(input: ConstructionInput): ConstructionPrompt {
  const { initial, facts } = input;
  if (input.task === 'qa') requireOption(input.correctOption, input.options.length);
  const path = pathOf(input);
  const filled = fillTemplate(CONSTRUCTION[input.task], {
    ...valuesOf(input),
    truth: truthOf(input),
    facts: facts === undefined ? '' : `\n\nAnnotated facts:\n${facts.trim()}`,
    reasoning: initial.reasoning.trim() === '' ? '(none)' : initial.reasoning.trim(),
    answer: describeAnswer(initial.answer),
    match: matchOf(input, path),
  });
  return { id: `construction/${input.task}`, task: input.task, path, ...filled };
}

/** Times never match exactly, so the verdict alone decides. */
function pathOf(input: ConstructionInput): ReflectionPath {
  const { answer } = input.initial;
  const matches =
    input.task === 'qa'
      ? answer?.option === input.correctOption
      : answer?.verdict === (input.span === undefined ? 'normal' : 'anomaly');
  return matches ? 'refine' : 'correct';
}

function truthOf(input: ConstructionInput): string {
  if (input.task === 'qa') return input.correctOption;
  return input.span === undefined ? 'Normal' : `Anomaly, ${renderSpan(input.span)}`;
}

function describeAnswer(answer: RoundAnswer | undefined): string {
  if (answer === undefined || answer.text === '') return 'none';
  return answer.span === undefined ? answer.text : `${answer.text}, ${renderSpan(answer.span)}`;
}

function matchOf({ task }: ConstructionInput, path: ReflectionPath): string {
  const truth = task === 'qa' ? 'the correct option' : 'the annotated verdict';
  return path === 'refine' ? `matches ${truth}` : `does not match ${truth}`;
}

function requireOption(letter: string, options: number): void {
  if (Array.from({ length: options }, (_, i) => letterOf(i)).includes(letter)) return;
  const expected = `the letter of one of the ${options} options`;
  throw SrvauError.mismatch('INVALID_REQUEST', 'correctOption', expected, describe(letter));
}
