import type { EvaluationProtocol, PredictionRow, ReportPrompt, TranscriptGrammar } from '@srvau/contracts';
import { type ReadAnswer, scoreRow } from '@srvau/metrics';
import { parseTranscript } from '@srvau/reasoning';
import { type EvaluatedItem, isAnswered } from '../build/evaluated-item';
import type { TranscriptRow } from './transcripts-table';

/** What scoring makes of an item's answer; undefined where there is none. */
export function predictionOf({ id, answer }: EvaluatedItem): PredictionRow | undefined {
  if (!isAnswered(answer)) return undefined;
  return { id, completion: answer.completion, answer: undefined, spanSec: undefined, fault: undefined };
}

/** An item's line of `transcripts.parquet`: well-formed by what the prompt asked for, scored by what the run says. */
export function transcriptRow(
  item: EvaluatedItem,
  prompt: ReportPrompt,
  scoring: { protocol: EvaluationProtocol; grammar?: TranscriptGrammar | undefined },
): TranscriptRow {
  const { id, task, thinking, dataset, reference, answer } = item;
  const answered = isAnswered(answer) ? answer : null;
  const scored = reference === null ? null : scoreRow(reference, predictionOf(item), scoring);
  const { grammar } = prompt;
  const isParsed = answered !== null && grammar !== null && task !== 'describe';
  return {
    ...{ id, task, thinking, dataset, video: item.video ?? null, promptId: prompt.id },
    completion: wellFormedText(answered?.completion),
    reasoning: wellFormedText(answered?.reasoning),
    ...(isAnswered(answer) ? NOT_MISSING : { missing: answer.missing, detail: wellFormedText(answer.detail) }),
    finishReason: answered?.finishReason ?? null,
    wellFormed: isParsed ? parseTranscript(answered.completion, { grammar, task }).wellFormed : null,
    ...finalColumns(scored?.final),
    ...firstColumns(scored?.first),
    ...{ label: reference?.label ?? null, normal: reference?.normal ?? null },
    ...{ truthStartSec: reference?.spanSec?.[0] ?? null, truthEndSec: reference?.spanSec?.[1] ?? null },
    ...{ anomalyClass: reference?.anomalyClass ?? null, durationSec: reference?.durationSec ?? null },
    ...{ correct: scored?.right ?? null, firstCorrect: scored?.firstRight ?? null },
    score: scored === null ? (item.judgement?.total ?? null) : scored.score,
    ...{ promptTokens: answered?.promptTokens ?? null, completionTokens: answered?.completionTokens ?? null },
  };
}

const NOT_MISSING = { missing: null, detail: null };

function finalColumns(answer: ReadAnswer | undefined): Pick<TranscriptRow, 'answer' | 'spanStartSec' | 'spanEndSec'> {
  const { startSec = null, endSec = null } = answer?.span ?? {};
  return { answer: saidBy(answer), spanStartSec: startSec, spanEndSec: endSec };
}

function firstColumns(
  answer: ReadAnswer | undefined,
): Pick<TranscriptRow, 'firstAnswer' | 'firstSpanStartSec' | 'firstSpanEndSec'> {
  const { startSec = null, endSec = null } = answer?.span ?? {};
  return { firstAnswer: saidBy(answer), firstSpanStartSec: startSec, firstSpanEndSec: endSec };
}

const saidBy = (answer: ReadAnswer | undefined): string | null => answer?.option ?? answer?.verdict ?? null;

/** An endpoint can send half of a surrogate pair, which has no UTF-8. */
const wellFormedText = (text: string | undefined): string | null => text?.replace(/\p{Surrogate}/gu, '\ufffd') ?? null;
