import { SrvauError } from '@srvau/contracts';
import fc from 'fast-check';
import { parseTranscript } from './parse-transcript';
import {
  type AnswerParts,
  renderSpan,
  renderTranscript,
  type RoundParts,
  type TranscriptParts,
} from './render-transcript';
import type { RoundAnswer, Task, Transcript } from './transcript';

/** What anybody may write, without tags and without white space at the ends, which is not kept. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('a < b', '<b>', '\ud800x', '{options}'),
  )
  .map((any) => `w${any}`.trim())
  .filter((any) => !/<\/?(?:think|answer|reflect|reflection|glue)>/.test(any));
const time = fc.integer({ min: -10_000, max: 10_000_000 }).map((milliseconds) => milliseconds / 1000);

const ANSWERS: Readonly<Record<Task, fc.Arbitrary<AnswerParts>>> = {
  qa: fc.constantFrom(...'ABCDZ').map((option) => ({ option })),
  tag: fc.oneof(
    fc.constant({ verdict: 'normal' as const }),
    fc.record({ verdict: fc.constant('anomaly' as const), span: fc.record({ startSec: time, endSec: time }) }),
  ),
};

function partsOf(task: Task): fc.Arbitrary<TranscriptParts> {
  const answer = ANSWERS[task];
  const round = fc.record({ think: text, answer });
  return fc.oneof(
    fc.record({ grammar: fc.constant('direct' as const), answer }),
    fc.record({ grammar: fc.constant('single' as const), round }),
    fc.record({ grammar: fc.constant('two-step' as const), initial: round, revision: round }),
    fc.record({ grammar: fc.constant('reflective' as const), initial: round, reflection: text, revision: round }),
  );
}

/** The inverse, from what the parser read. */
function partsRead({ grammar, segments, firstAnswer, finalAnswer, hasReflection }: Transcript): TranscriptParts {
  const [think = '', again = ''] = segments.filter(({ kind }) => kind === 'think').map((segment) => segment.text);
  const answer = answerRead(firstAnswer);
  const revision: RoundParts = { think: again, answer: answerRead(finalAnswer) };
  switch (grammar) {
    case 'direct':
      return { grammar, answer };
    case 'single':
      return { grammar, round: { think, answer } };
    case 'two-step':
      return { grammar, initial: { think, answer }, revision };
    case 'reflective': {
      const reflection = segments.find(({ kind }) => kind === 'reflection')?.text ?? '';
      return { grammar, initial: { think, answer }, reflection: hasReflection ? reflection : '', revision };
    }
  }
}

function answerRead(answer: RoundAnswer | undefined): AnswerParts {
  if (answer?.option !== undefined) return { option: answer.option };
  if (answer?.verdict === 'normal') return { verdict: 'normal' };
  return { verdict: 'anomaly', span: answer?.span ?? { startSec: NaN, endSec: NaN } };
}

describe('renderTranscript', () => {
  it.each<Task>(['qa', 'tag'])('property: what is written in %s is read as it was', (task) => {
    fc.assert(
      fc.property(partsOf(task), (parts) => {
        const transcript = parseTranscript(renderTranscript(parts, task), { grammar: parts.grammar, task });
        expect(transcript).toMatchObject({ wellFormed: true, faultCount: 0 });
        expect(partsRead(transcript)).toEqual(parts);
      }),
      { numRuns: 500 },
    );
  });

  it('writes the form of the paper', () => {
    const qa: TranscriptParts = {
      grammar: 'reflective',
      initial: { think: ' t1\n', answer: { option: 'A' } },
      reflection: 'r',
      revision: { think: 't2', answer: { option: 'B' } },
    };
    expect(renderTranscript(qa, 'qa')).toBe(
      '<think>t1</think><answer>A</answer><reflection>r</reflection><think>t2</think><answer>B</answer>',
    );
    const span = { startSec: 5.2, endSec: 10 };
    const tag: TranscriptParts = {
      grammar: 'two-step',
      initial: { think: 't1', answer: { verdict: 'normal' } },
      revision: { think: 't2', answer: { verdict: 'anomaly', span } },
    };
    expect(renderTranscript(tag, 'tag')).toBe(
      '<think>t1</think><answer>Normal</answer><glue>[-1.0, -1.0]</glue>' +
        '<think>t2</think><answer>Anomaly</answer><glue>[5.2, 10.0]</glue>',
    );
  });

  it('rounds times to milliseconds', () => {
    expect(renderSpan({ startSec: 1e-9, endSec: 10.123456 })).toBe('[0.0, 10.123]');
    expect(renderSpan({ startSec: -0.00001, endSec: 3600 })).toBe('[0.0, 3600.0]');
  });

  const round = (think: string, answer: AnswerParts): TranscriptParts => ({
    grammar: 'single',
    round: { think, answer },
  });
  const anomaly = (startSec: number): AnswerParts => ({ verdict: 'anomaly', span: { startSec, endSec: 9 } });
  it.each<[string, TranscriptParts, Task, string]>([
    ['a tag', round('so <answer>B</answer>', { option: 'A' }), 'qa', 'expected text in <think>, received <answer>'],
    ['a way out of its segment', round('x</think>', { option: 'A' }), 'qa', 'received </think>'],
    ['nothing', round(' ', { option: 'A' }), 'qa', 'received nothing that can be seen'],
    ['two options', round('t', { option: 'A or B' }), 'qa', 'received "A or B"'],
    ['no number', round('t', anomaly(NaN)), 'tag', 'received "[NaN, 9.0]"'],
    ['no end', round('t', anomaly(-Infinity)), 'tag', 'received "[-Infinity, 9.0]"'],
    ['a verdict in a question', round('t', { verdict: 'normal' }), 'qa', 'expected the end, received <glue>'],
  ])('refuses %s', (_, parts, task, message) => {
    const render = (): string => renderTranscript(parts, task);
    expect(render).toThrow(SrvauError);
    expect(render).toThrow(message);
    expect(render).toThrow('transcript: expected parts that read back as given, received');
  });
});
