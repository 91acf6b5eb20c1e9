import fc from 'fast-check';
import {
  type EvaluationScores,
  type PredictionRow,
  readPredictions,
  readReferences,
  type ReferenceRow,
} from '@srvau/contracts';
import { PredictionScorer, type ScoreSettings, scorePredictions } from './prediction-scorer';

const score = (references: object[], predictions: object[], settings: ScoreSettings = {}): EvaluationScores =>
  scorePredictions(readReferences(references, 'references'), readPredictions(predictions, 'predictions'), settings);

const many = (count: number, row: (i: number) => object): object[] => Array.from({ length: count }, (_, i) => row(i));
const anomaly = (id: string, spanSec?: number[]): object => ({
  id,
  task: 'tag',
  normal: false,
  ...(spanSec && { spanSec }),
});

describe('published figures', () => {
  it.each(['strict', 'vau-bench'] as const)(
    'UCF-Crime, 243 of 251 questions, 39 rows without text (%s)',
    (protocol) => {
      const references = many(290, (i) => ({ id: `u${i}`, task: 'qa', ...(i < 251 && { label: 'C' }) }));
      const predictions = many(290, (i) => ({ id: `u${i}`, answer: i < 243 ? 'C' : 'A' }));
      const { qa, skipped, intervals } = score(references, predictions, { protocol });
      expect(qa).toMatchObject({ correct: 243, total: 251, unparsable: 0, missing: 0, skipped: 39 });
      expect(qa.accuracy?.toFixed(2)).toBe('96.81');
      expect(skipped['qa:no-label']?.count).toBe(39);
      const [low = NaN, high = NaN] = intervals?.qa.accuracy ?? [];
      expect([low > 93 && low < 96, high > 98 && high <= 100]).toEqual([true, true]);
    },
  );

  it.each(['strict', 'vau-bench'] as const)(
    'ECVA, 256, 170 and 97 of 402 spans, 36 rows without one (%s)',
    (protocol) => {
      const references = many(438, (i) => anomaly(`e${i}`, i < 402 ? [0, 10] : undefined));
      const end = (i: number): number => (i < 97 ? 7 : i < 170 ? 5 : i < 256 ? 3 : 2);
      const predictions = many(438, (i) => ({ id: `e${i}`, answer: 'Anomaly', spanSec: [0, end(i)] }));
      const { tag } = score(references, predictions, { protocol });
      expect(tag).toMatchObject({ total: 402, skipped: 36, unparsable: 0, missing: 0 });
      expect(Object.values(tag.recall).map((share) => share?.toFixed(2))).toEqual(['63.68', '42.29', '24.13']);
    },
  );

  it('MSAD under vau-bench: its 120 normal rows are no grounding', () => {
    const references = many(240, (i) =>
      i < 120 ? anomaly(`m${i}`, [2, 6]) : { id: `m${i}`, task: 'tag', normal: true },
    );
    const predictions = many(240, (i) => ({ id: `m${i}`, answer: 'Normal', spanSec: i < 36 ? [2, 4] : [-1, -1] }));
    const { tag, skipped } = score(references, predictions, { protocol: 'vau-bench' });
    // By the spans alone, whatever the verdict.
    expect(tag).toMatchObject({ total: 120, skipped: 120, recall: { '0.3': 30, '0.5': 30, '0.7': 0 } });
    expect(skipped).toEqual({ 'tag:normal': { count: 120, ids: expect.arrayContaining(['m120']) as string[] } });
  });
});

describe('grounding, strict', () => {
  const references = [anomaly('a', [2, 6]), { id: 'n', task: 'tag', anomalyClass: 'Normal' }];

  it.each<[string, object, number]>([
    ['half of the span', { answer: 'Anomaly', spanSec: [2, 4] }, 50],
    ['the name of a class', { answer: 'Fighting', spanSec: [2, 6] }, 100],
    ['no verdict, the span says it', { spanSec: [2, 6] }, 100],
    ['called normal', { answer: 'Normal', spanSec: [2, 6] }, 0],
    ['reversed', { answer: 'Anomaly', spanSec: [6, 2] }, 0],
    ['beyond the video', { answer: 'Anomaly', spanSec: [2, 10] }, 50],
    ['as a completion', { completion: '<answer>Anomaly</answer><glue>[00:02, 00:06]</glue>' }, 100],
    ['a completion of a span alone', { completion: '<glue>[2, 4]</glue>' }, 50],
    [
      'the last of two answers',
      { completion: '<answer>Normal</answer><answer>Anomaly</answer><glue>[2, 6]</glue>' },
      100,
    ],
  ])('%s', (_, prediction, expected) => {
    const { tag } = score(references, [
      { id: 'a', ...prediction },
      { id: 'n', answer: 'normal' },
    ]);
    expect(tag.anomalous).toMatchObject({ mIoU: expected, total: 1 });
    expect(tag.normal).toEqual({ accuracy: 100, correct: 1, total: 1 });
    expect(tag.mIoU).toBe((expected + 100) / 2);
    expect(tag.unparsable).toBe(0);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, 'tag:no-answer'],
    ['empty', { completion: '' }, 'tag:no-answer'],
    ['null', { completion: null }, 'tag:no-answer'],
    ['two verdicts', { answer: 'Normal or Anomaly', spanSec: [2, 6] }, 'tag:no-verdict'],
    ['an anomaly without a span', { answer: 'Anomaly' }, 'tag:no-span'],
    ['a span of strings', { answer: 'Anomaly', spanSec: ['2', '6'] }, 'tag:span-not-two-numbers'],
    ['a span of one', { answer: 'Anomaly', spanSec: [2] }, 'tag:span-not-two-numbers'],
    ['a span of null, as NaN travels', { answer: 'Anomaly', spanSec: [null, 6] }, 'tag:span-not-two-numbers'],
    ['an answer that is a number', { answer: 5, spanSec: null }, 'tag:text-not-string'],
    ['the published crash', { completion: '<answer>Anomaly</answer><glue>[1.2.3, 4]</glue>' }, 'tag:no-span'],
  ])('cannot be read: %s', (_, prediction, fault) => {
    const { tag, faults } = score(references, [{ id: 'a', ...prediction }]);
    expect(tag).toMatchObject({ mIoU: 0, total: 2, unparsable: 1, missing: 1 });
    expect(faults[fault]).toEqual({ count: 1, ids: ['a'] });
  });

  it('names spans that are odd, and scores them as they stand', () => {
    const videos = ['r', 'e', 'b', 'x'].map((id) => ({ ...anomaly(id, [2, 6]), durationSec: 8 }));
    const spans = { r: [6, 2], e: [3, 3], b: [2, 10], x: [-1, 6] };
    const { faults, tag } = score(
      videos,
      Object.entries(spans).map(([id, spanSec]) => ({ id, answer: 'Anomaly', spanSec })),
    );
    expect(Object.entries(faults).map(([reason, { ids }]) => [reason, ids])).toEqual([
      ['tag:empty-span', ['e']],
      ['tag:reversed-span', ['r']],
      ['tag:span-beyond-video', ['b', 'x']],
    ]);
    expect(tag).toMatchObject({ total: 4, unparsable: 0, mIoU: (100 * (4 / 8 + 4 / 7)) / 4 });
  });

  it('counts what is exactly at a threshold, as decimals have it', () => {
    const { tag } = score([anomaly('a', [0.2, 10.2])], [{ id: 'a', answer: 'Anomaly', spanSec: [7.2, 10.2] }]);
    expect(tag.recall).toEqual({ '0.3': 100, '0.5': 0, '0.7': 0 });
  });

  it('passes over what has no temporal truth, and says why', () => {
    const { tag, skipped } = score(
      [anomaly('a', [2, 6]), anomaly('none'), anomaly('empty', [4, 4]), { id: 'unknown', task: 'tag' }],
      [{ id: 'none', answer: 'Anomaly', spanSec: [0, 1] }],
    );
    expect(tag).toMatchObject({ total: 1, skipped: 3, missing: 1 });
    expect(Object.keys(skipped)).toEqual(['tag:empty-span', 'tag:no-span', 'tag:no-temporal-truth']);
  });
});

describe('questions', () => {
  const references = many(4, (i) => ({ id: `q${i}`, task: 'qa', label: 'B', anomalyClass: i < 2 ? 'Fire' : 'Abuse' }));
  const two = (first: string, final: string): string =>
    `<think>a</think><answer>${first}</answer><reflection>b</reflection><think>c</think><answer>${final}</answer>`;

  it('takes the final answer, and tells what reflection made of the first', () => {
    const { qa, transitions, classes, faults } = score(references, [
      { id: 'q0', completion: two('A', 'B') },
      { id: 'q1', completion: two('B', 'C') },
      { id: 'q2', completion: two('B', '(B)') },
      { id: 'q3', completion: two('A or B', 'none') },
    ]);
    expect(qa).toEqual({ accuracy: 50, correct: 2, total: 4, unparsable: 1, missing: 0, skipped: 0 });
    expect(transitions.qa).toEqual({
      ...{ correctToCorrect: 1, wrongToCorrect: 1, wrongToWrong: 1, correctToWrong: 1, total: 4 },
    });
    expect(classes.map(({ anomalyClass, qa: { accuracy } }) => [anomalyClass, accuracy])).toEqual([
      ['Abuse', 50],
      ['Fire', 50],
    ]);
    expect(faults).toEqual({ 'qa:no-single-option': { count: 1, ids: ['q3'] } });
  });

  it('holds a completion against a grammar where one is named', () => {
    const half = [{ id: 'q0', completion: '<think>a</think><answer>B</answer>' }];
    expect(score(references, half).qa.correct).toBe(1);
    expect(score(references, half, { grammar: 'single' }).qa.correct).toBe(1);
    expect(score(references, half, { grammar: 'reflective' }).qa).toMatchObject({ correct: 0, unparsable: 1 });
  });

  it('names predictions that are missing, unknown or come twice; the first one counts', () => {
    const { qa, coverage } = score(references, [
      { id: 'q0', answer: 'B' },
      { id: 'q0', answer: 'A' },
      { id: 'stranger', answer: 'B' },
    ]);
    expect(qa).toMatchObject({ correct: 1, total: 4, missing: 3, accuracy: 25 });
    expect(coverage).toEqual({
      ...{ references: 4, predictions: 3, percent: 25 },
      missing: { count: 3, ids: ['q1', 'q2', 'q3'] },
      unknown: { count: 1, ids: ['stranger'] },
      duplicate: { count: 1, ids: ['q0'] },
    });
  });

  it('has no figures where there is nothing to score', () => {
    const { qa, tag, intervals } = score([{ id: 'x', task: 'qa' }], []);
    expect(qa).toEqual({ accuracy: null, correct: 0, total: 0, unparsable: 0, missing: 0, skipped: 1 });
    expect(tag).toMatchObject({ mIoU: null, recall: { '0.3': null }, total: 0 });
    expect(intervals).toMatchObject({ qa: { accuracy: null }, tag: { mIoU: null } });
    expect(score(references, [], { resamples: 0 }).intervals).toBeNull();
  });
});

it('refuses references that give no answer, or two', () => {
  expect(() => new PredictionScorer([])).toThrow('references: expected at least one reference, received none');
  const twice = [anomaly('a', [1, 2]), anomaly('b', [1, 2]), anomaly('a', [1, 3])];
  expect(() => score(twice, [])).toThrow(
    'references: row 3: id: expected ids that differ from each other, received "a" (string) once more',
  );
});

describe('any rows', () => {
  const text = fc.oneof(
    fc.constantFrom('A', 'B', 'A or B', 'Normal', 'Anomaly', '<answer>', '</answer>', '<glue>[1, 2]</glue>'),
    fc.string(),
  );
  const time = fc.oneof(fc.constantFrom(-1, 0, 1, 2), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const span = fc.option(fc.tuple(time, time), { nil: undefined });
  const id = fc.constantFrom(...Array.from({ length: 30 }, (_, i) => `id${i}`));
  const references = fc.uniqueArray(
    fc.record<ReferenceRow>({
      id,
      task: fc.constantFrom('qa', 'tag'),
      label: fc.constantFrom('A', 'B', undefined),
      normal: fc.constantFrom(true, false, undefined),
      spanSec: span,
      anomalyClass: fc.constantFrom('Fire', '__proto__', undefined),
      durationSec: fc.constantFrom(3, undefined),
    }),
    { selector: (row) => row.id, minLength: 1 },
  );
  const predictions = fc.array(
    fc.oneof(
      fc.record({ id, completion: fc.array(text).map((parts) => parts.join('')) }),
      fc.record({ id, answer: text, spanSec: span }),
    ),
  );
  const row = (prediction: object): PredictionRow => ({
    ...{ completion: undefined, answer: undefined, spanSec: undefined, fault: undefined },
    ...(prediction as { id: string }),
  });

  it.each(['strict', 'vau-bench'] as const)(
    'counts add up, shares are shares, order does not matter (%s)',
    (protocol) => {
      fc.assert(
        fc.property(references, predictions, (truths, given) => {
          const rows = given.map(row);
          const scores = scorePredictions(truths, rows, { protocol, resamples: 20 });
          for (const task of ['qa', 'tag'] as const) {
            const all = truths.filter((truth) => truth.task === task).length;
            const { total, skipped, unparsable, missing } = scores[task];
            const dropped = protocol === 'vau-bench' && task === 'tag' ? missing : 0;
            expect(total + dropped + skipped).toBe(all);
            expect(unparsable + missing).toBeLessThanOrEqual(total + dropped);
          }
          const { accuracy, correct, total, unparsable, missing } = scores.qa;
          expect(correct).toBeLessThanOrEqual(total - unparsable - missing);
          const { mIoU, recall } = scores.tag;
          for (const share of [accuracy, mIoU, ...Object.values(recall)]) {
            expect(share === null || (share >= 0 && share <= 100)).toBe(true);
          }
          expect(recall['0.3'] ?? 0).toBeGreaterThanOrEqual(recall['0.5'] ?? 0);
          expect(recall['0.5'] ?? 0).toBeGreaterThanOrEqual(recall['0.7'] ?? 0);

          // First ones count, so only what is left of duplicates may change places.
          const firsts = rows.filter(({ id: name }, i) => rows.findIndex((other) => other.id === name) === i);
          const shuffled = scorePredictions(truths.toReversed(), firsts.toReversed(), { protocol, resamples: 20 });
          const { coverage: _, skipped: _skipped, faults: _faults, ...figures } = shuffled;
          expect(scores).toMatchObject(figures);
        }),
        { numRuns: 300 },
      );
    },
  );
});
