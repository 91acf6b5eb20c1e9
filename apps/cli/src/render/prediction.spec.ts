import type { EvaluationPredictReply } from '@srvau/contracts';
import { createColors } from 'picocolors';
import { predictionText } from './prediction';

const reply: EvaluationPredictReply = {
  model: { backend: 'native', model: 'tiny', hash: null },
  prompt: { id: 'reflection-rft/qa', hash: 'h' },
  ...{ task: 'qa', video: { durationSec: 12 }, transcript: 'It \u001b[31mburns.', reasoning: null },
  ...{ wellFormed: true, faults: [], spanSec: null, finishReason: 'stop' },
  first: { text: 'A', option: 'A', verdict: null, spanSec: null },
  final: { text: 'B', option: 'B', verdict: null, spanSec: null },
  usage: { promptTokens: 9, completionTokens: 1 },
  timings: { queuedMs: 0, generateMs: 1200, totalMs: 1250 },
};
const shown = (changes: Partial<EvaluationPredictReply>): string[] =>
  predictionText({ ...reply, ...changes }, ['Smoke.', 'Fire.'], createColors(false)).split('\n');

it('shows what was written, safely, and what it says', () => {
  expect(shown({})).toEqual([
    'It \\x1b[31mburns.',
    '',
    'answer   B. Fire.',
    'at first A. Smoke.',
    'model    tiny, reflection-rft/qa, 1 token, 1.3 s',
  ]);
});

it('shows a span, and what is wrong', () => {
  const anomaly = { text: 'Anomaly', option: null, verdict: 'anomaly' as const, spanSec: [2, 8.55] as const };
  const fault = { code: 'stray-text', message: 'expected nothing', start: 0, end: 1 };
  const lines = shown({
    ...{ task: 'tag', first: anomaly, final: anomaly, spanSec: [2, 8.55], usage: null },
    ...{ finishReason: 'length', faults: Array.from({ length: 7 }, () => fault) },
  });
  expect(lines.slice(2, 6)).toEqual([
    'answer   anomaly',
    'span     2.0 s to 8.6 s',
    'model    tiny, reflection-rft/qa, 1.3 s',
    'ended    cut off at its greatest length',
  ]);
  expect(lines.slice(-2)).toEqual(['fault    stray-text: expected nothing', 'fault    2 more']);
});

it('shows an answer that is none of those asked for', () => {
  const odd = { text: 'A or B', option: null, verdict: null, spanSec: null };
  expect(shown({ first: odd, final: odd })[2]).toBe('answer   "A or B", which is none of the answers asked for');
  expect(shown({ first: null, final: null })[2]).toBe('answer   none');
});
