import type { RoundAnswer, Segment, SpanSec, Transcript } from '@srvau/reasoning';
import type { Lengths, Rollout } from '@srvau/reward-sdk';

type Span = readonly [startSec: number, endSec: number];

/** One answer, read. What could not be read is absent. */
interface AnswerMessage {
  text: string;
  option?: string;
  verdict?: 'normal' | 'anomaly';
  spanSec?: Span;
}

/**
 * A rollout as a plugin in another language gets it: its wire form, and what our parser has read from the completion, so
 * that nobody has to write the parser again.
 */
export interface RolloutMessage {
  id: string;
  groupId: string;
  task: 'qa' | 'tag';
  completion: string;
  truth: { label?: string; normal?: boolean; spanSec?: Span };
  durationSec?: number;
  lengths: Lengths;
  transcript: {
    wellFormed: boolean;
    hasReflection: boolean;
    firstAnswer?: AnswerMessage;
    finalAnswer?: AnswerMessage;
    segments: { kind: Segment['kind']; text: string }[];
  };
}

/** Body of a message on `srvau.plugin.reward.<id>.v<scoreVersion>`; answered by `{"scores": […]}`, one a rollout. */
export interface PluginMessage {
  rollouts: RolloutMessage[];
  options: Readonly<Record<string, unknown>>;
  step?: number;
  /** How long the service waits for the answer. */
  deadlineMs: number;
}

export function toRolloutMessage(rollout: Rollout): RolloutMessage {
  const { id, groupId, task, completion, lengths, truth, durationSec, transcript } = rollout;
  const { span, ...labels } = truth;
  return {
    ...{ id, groupId, task, completion, lengths },
    truth: span === undefined ? labels : { ...labels, spanSec: toSpan(span) },
    ...(durationSec === undefined ? {} : { durationSec }),
    transcript: toTranscript(transcript),
  };
}

function toTranscript(transcript: Transcript): RolloutMessage['transcript'] {
  const { wellFormed, hasReflection, firstAnswer, finalAnswer, segments } = transcript;
  return {
    ...{ wellFormed, hasReflection },
    ...(firstAnswer === undefined ? {} : { firstAnswer: toAnswer(firstAnswer) }),
    ...(finalAnswer === undefined ? {} : { finalAnswer: toAnswer(finalAnswer) }),
    segments: segments.map(({ kind, text }) => ({ kind, text })),
  };
}

function toAnswer({ text, option, verdict, span }: RoundAnswer): AnswerMessage {
  return {
    text,
    ...(option === undefined ? {} : { option }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(span === undefined ? {} : { spanSec: toSpan(span) }),
  };
}

const toSpan = ({ startSec, endSec }: SpanSec): Span => [startSec, endSec];
