import type { ChatMessage } from '@srvau/contracts';
import { messagesOf } from '@srvau/model-pool';
import {
  checkRevision,
  type ConstructionInput,
  type ConstructionPrompt,
  constructionPrompt,
  type Revision,
  type RevisionFault,
  revisionFeedback,
  type RevisionTruth,
} from '@srvau/reasoning';
import type { InitialRoundDrawn } from './ask-initial';
import { ask, type ItemWork, Rejection } from './work';
import { seedOf } from './seeds';

/** The teacher's half, and how it was asked. */
export interface RevisionDrawn extends Revision {
  readonly prompt: ConstructionPrompt;
  readonly seed: number;
  readonly attempts: number;
  /** Codes of the faults of replies that were sent back, in order. */
  readonly retriedFor: readonly string[];
}

/** Of a refused reply, what the teacher is shown again; a megabyte of nonsense need not come back. */
const MAX_QUOTED_CHARS = 8_000;

/**
 * Asks the teacher; a reply with faults goes back to it with their list, up to `maxAttempts` replies in all.
 * @throws Rejection with the gravest fault of the last.
 */
export async function askTeacher(work: ItemWork, initial: InitialRoundDrawn): Promise<RevisionDrawn> {
  const { settings, id, context } = work;
  const prompt = constructionPrompt(inputOf(work, initial));
  const truth = truthOf(work, initial, prompt);
  const seed = seedOf(settings.seed, id, 'teacher', 0);
  const retriedFor: string[] = [];
  let messages = messagesOf(prompt, settings.teacherSees === 'video' ? work.videoUri : null, settings);
  let last: { text: string; faults: readonly RevisionFault[] } | undefined;
  for (let attempt = 0; attempt < settings.maxAttempts; attempt += 1) {
    const request = {
      messages,
      sampling: { ...settings.teacher.sampling, seed: seedOf(settings.seed, id, 'teacher', attempt) },
      context: { ...context, initial: { reasoning: initial.reasoning, answer: initial.answer }, attempt },
    };
    const { text, finishReason } = await ask(work, 'teacher', request, attempt, last?.text ?? null);
    const check = checkRevision(text, truth, { limits: settings.limits, end: finishReason });
    if (check.ok) return { ...check.revision, prompt, seed, attempts: attempt + 1, retriedFor };
    last = { text, faults: check.faults };
    retriedFor.push(...check.faults.map(({ code }) => code));
    messages = [...messages, ...sentBack(text, check.faults)];
  }
  const faults = last?.faults ?? [];
  const detail = faults.map(({ message }) => message).join('; ');
  const fault = { stage: 'revision' as const, reason: faults[0]?.code ?? 'empty', detail };
  throw new Rejection(fault, settings.maxAttempts, last?.text ?? null);
}

function sentBack(text: string, faults: readonly RevisionFault[]): ChatMessage[] {
  // Chat templates and endpoints refuse an empty turn.
  const quoted = text.trim() === '' ? '(nothing)' : text.slice(0, MAX_QUOTED_CHARS);
  return [
    { role: 'assistant', content: quoted },
    { role: 'user', content: revisionFeedback(faults) },
  ];
}

function inputOf({ task, facts }: ItemWork, { reasoning, answer }: InitialRoundDrawn): ConstructionInput {
  const shared = { initial: { reasoning, answer }, ...(facts === undefined ? {} : { facts }) };
  return 'correctOption' in task
    ? { ...task.subject, correctOption: task.correctOption, ...shared }
    : { ...task.subject, span: task.span, ...shared };
}

function truthOf(
  { task, facts, item }: ItemWork,
  initial: InitialRoundDrawn,
  { path }: ConstructionPrompt,
): RevisionTruth {
  const shared = {
    path,
    facts,
    initialReasoning: initial.reasoning,
    durationSec: item.row.durationSec ?? undefined,
  };
  return 'correctOption' in task
    ? { ...task.subject, correctOption: task.correctOption, ...shared }
    : { task: 'tag', span: task.span, ...shared };
}
