import type { EvaluationPredictReply, PredictedAnswer } from '@srvau/contracts';
import type { Colors } from '../terminal';
import { printableLines } from './completions';
import { plural, printable } from './text';

const FAULTS_SHOWN = 5;

/** What a model wrote and what was read from it, for people. */
export function predictionText(reply: EvaluationPredictReply, options: readonly string[], colors: Colors): string {
  return [printableLines(reply.transcript), '', readingText(reply, options, colors)].join('\n');
}

/** What was read from it alone: where the transcript has been shown as it came. */
export function readingText(reply: EvaluationPredictReply, options: readonly string[], colors: Colors): string {
  const { first, final, faults, model, prompt, usage, timings, finishReason } = reply;
  const shown = (answer: PredictedAnswer | null): string => answerText(answer, options);
  const tokens = usage === null ? [] : [plural(usage.completionTokens, 'token')];
  const seconds = `${(timings.totalMs / 1000).toFixed(1)} s`;
  const faultLines = faults.slice(0, FAULTS_SHOWN).map(({ code, message }) => `${code}: ${printable(message)}`);
  const more = faults.length > FAULTS_SHOWN ? [`${faults.length - FAULTS_SHOWN} more`] : [];
  const rows: [string, string][] = [
    ['answer', colors.bold(shown(final))],
    ...(shown(first) !== shown(final) ? [['at first', shown(first)] as [string, string]] : []),
    ...(reply.task === 'tag' ? [['span', spanText(reply.spanSec)] as [string, string]] : []),
    ['model', [printable(model.model), prompt.id, ...tokens, seconds].join(', ')],
    ...(finishReason === 'stop' ? [] : [['ended', ENDS[finishReason]] as [string, string]]),
    ...[...faultLines, ...more].map((line): [string, string] => ['fault', colors.yellow(line)]),
  ];
  return rows.map(([name, text]) => `${colors.dim(name.padEnd(9))}${text}`).join('\n');
}

const ENDS = { length: 'cut off at its greatest length', filtered: 'held back by the endpoint' } as const;

function answerText(answer: PredictedAnswer | null, options: readonly string[]): string {
  if (answer === null) return 'none';
  const { text, option, verdict } = answer;
  if (option !== null) return `${option}. ${printable(options[option.charCodeAt(0) - 65] ?? '')}`;
  if (verdict !== null) return verdict;
  return `${JSON.stringify(printable(text))}, which is none of the answers asked for`;
}

function spanText(span: EvaluationPredictReply['spanSec']): string {
  return span === null ? 'none' : `${span[0].toFixed(1)} s to ${span[1].toFixed(1)} s`;
}
