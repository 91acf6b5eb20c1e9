import type { Segment } from '../transcript/transcript';
import { checkAnswer } from './answers';
import { checkCopying } from './copying';
import { checkMarkup, readReply } from './form';
import { checkEnglish } from './language';
import {
  DEFAULT_REVISION_LIMITS,
  type RevisionCheck,
  type RevisionFault,
  type RevisionLimits,
  type RevisionTruth,
} from './revision';
import { checkTimes } from './times';
import { checkTraces } from './traces';
import { wordsOf } from './words';

/** How a completion came to its end; `filtered` by the endpoint's own filter of contents. */
export type ReplyEnd = 'stop' | 'length' | 'filtered';

/**
 * Judges what a teacher answered to the construction prompt: whether it is whole and in form, names the truth, reflects
 * rather than tells the answer, and says nothing that the video cannot show. Total and linear in the length of the reply.
 *
 * All faults of a readable reply are listed, so that one round of feedback can mend them; of an unreadable one the first.
 */
export function checkRevision(
  reply: string,
  truth: RevisionTruth,
  { limits = DEFAULT_REVISION_LIMITS, end = 'stop' }: { limits?: RevisionLimits; end?: ReplyEnd } = {},
): RevisionCheck {
  const first = checkWhole(reply, end, limits);
  if (first !== undefined) return { ok: false, faults: [first] };
  const read = readReply(reply, truth.task);
  if ('fault' in read) return { ok: false, faults: [read.fault] };

  const { segments, finalAnswer } = read.transcript;
  const reflection = textOf(segments, 'reflection');
  const reasoning = textOf(segments, 'think');
  const both = `${reflection}\n${reasoning}`;
  const foreign = limits.language === 'en' ? checkEnglish(both) : [];
  const faults = [
    ...checkAnswer(finalAnswer, truth, limits),
    // Not every script parts its words, so that the number of foreign ones says nothing.
    ...(foreign.length > 0 ? foreign : checkLengths(reflection, reasoning, limits)),
    ...[checkMarkup(reflection, 'reflection'), checkMarkup(reasoning, 'think')].filter((fault) => fault !== undefined),
    ...checkTraces(reflection, reasoning, truth),
    ...(truth.facts === undefined ? [] : checkCopying(truth.facts, both, limits)),
    ...checkChange(reasoning, truth.initialReasoning),
    ...(truth.durationSec === undefined ? [] : checkTimes(both, truth.durationSec, limits.timeToleranceSec)),
  ];
  if (faults.length > 0) return { ok: false, faults };
  const span = truth.task === 'tag' && truth.span !== undefined ? finalAnswer?.span : undefined;
  return { ok: true, revision: { reflection, reasoning, span } };
}

/** Of the last one: the first round stands before the reply. */
function textOf(segments: readonly Segment[], kind: Segment['kind']): string {
  return segments.findLast((segment) => segment.kind === kind)?.text ?? '';
}

function checkWhole(reply: string, end: ReplyEnd, { maxReplyChars }: RevisionLimits): RevisionFault | undefined {
  if (reply.length > maxReplyChars) {
    const message = `expected at most ${maxReplyChars} characters, received ${reply.length}`;
    return { code: 'too-long', message };
  }
  if (end === 'length') {
    return {
      code: 'cut-off',
      message: 'expected a shorter reply, received one that was cut off at its greatest length',
    };
  }
  if (end === 'filtered') {
    return { code: 'filtered', message: 'expected a reply, received one that a filter of contents cut off' };
  }
  return undefined;
}

function checkLengths(reflection: string, reasoning: string, limits: RevisionLimits): RevisionFault[] {
  return [
    ...checkLength('reflection', 'reflection', reflection, limits.minReflectionWords, limits.maxReflectionWords),
    ...checkLength('think', 'reasoning', reasoning, limits.minReasoningWords, limits.maxReasoningWords),
  ];
}

function checkLength(
  tag: string,
  name: 'reflection' | 'reasoning',
  text: string,
  min: number,
  max: number,
): RevisionFault[] {
  const count = wordsOf(text).length;
  if (count >= min && count <= max) return [];
  const message = `${tag}: expected ${min} to ${max} words, received ${count}`;
  return [{ code: count < min ? `${name}-too-short` : `${name}-too-long`, message }];
}

/** A revision that repeats its first try teaches to say everything twice. */
function checkChange(reasoning: string, initial: string): RevisionFault[] {
  const words = wordsOf(reasoning);
  if (words.length === 0 || words.join(' ') !== wordsOf(initial).join(' ')) return [];
  return [{ code: 'unchanged', message: 'think: expected a revised reasoning, received the initial one' }];
}
