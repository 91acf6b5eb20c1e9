import type { EvaluationProtocol, PredictionRow, ReferenceRow } from '@srvau/contracts';
import { scorePredictions } from './prediction-scorer';
import { scoreRow } from './score-row';

const absent = {
  ...{ label: undefined, normal: undefined, spanSec: undefined, anomalyClass: undefined, durationSec: undefined },
  ...{ completion: undefined, answer: undefined, fault: undefined },
};
const REFERENCES: ReferenceRow[] = [
  { ...absent, id: 'q1', task: 'qa', label: 'B' },
  { ...absent, id: 'q2', task: 'qa' },
  { ...absent, id: 't1', task: 'tag', normal: false, spanSec: [2, 6] },
  { ...absent, id: 't2', task: 'tag', normal: true },
  { ...absent, id: 't3', task: 'tag', normal: false },
];
const answers = (id: string, fields: Partial<PredictionRow>): PredictionRow => ({ ...absent, id, ...fields });
const PREDICTIONS: PredictionRow[][] = [
  [],
  REFERENCES.map(({ id, task }) =>
    answers(id, task === 'qa' ? { answer: 'B' } : { answer: 'Anomaly', spanSec: [4, 6] }),
  ),
  REFERENCES.map(({ id }) => answers(id, { answer: 'Normal', spanSec: [-1, -1] })),
  REFERENCES.map(({ id }) => answers(id, { completion: '<think>no end' })),
  REFERENCES.map(({ id }) =>
    answers(id, {
      completion:
        '<think>a</think><answer>C</answer><glue>[1, 2]</glue><reflection>r</reflection>' +
        '<think>b</think><answer>B</answer><glue>[2, 6]</glue>',
    }),
  ),
  REFERENCES.map(({ id }) => answers(id, { fault: 'text-not-string' })),
];

it.each<EvaluationProtocol>(['strict', 'vau-bench'])('scores row by row what the scorer counts, %s', (protocol) => {
  for (const predictions of PREDICTIONS) {
    const scores = scorePredictions(REFERENCES, predictions, { protocol, resamples: 0 });
    const rows = REFERENCES.map((reference) => ({
      task: reference.task,
      ...scoreRow(
        reference,
        predictions.find(({ id }) => id === reference.id),
        { protocol },
      ),
    }));
    for (const task of ['qa', 'tag'] as const) {
      const counted = rows.flatMap((row) => (row.task === task && row.score !== null ? [row.score] : []));
      const sum = counted.reduce((total, score) => total + score, 0);
      expect(counted).toHaveLength(scores[task].total);
      const figure = task === 'qa' ? scores.qa.accuracy : scores.tag.mIoU;
      if (figure === null) expect(counted).toEqual([]);
      else expect((100 * sum) / counted.length).toBeCloseTo(figure, 12);
      const twice = rows.filter((row) => row.task === task && row.firstRight !== null);
      expect(twice).toHaveLength(scores.transitions[task].total);
      expect(twice.filter((row) => row.firstRight === true && row.right === true)).toHaveLength(
        scores.transitions[task].correctToCorrect,
      );
    }
  }
});

it('tells what takes no part from what is wrong', () => {
  const [labelled, unlabelled] = REFERENCES as [ReferenceRow, ReferenceRow];
  expect(scoreRow(unlabelled, answers('q2', { answer: 'B' }), { protocol: 'strict' })).toMatchObject({
    ...{ score: null, right: null, firstRight: null },
    final: { option: 'B' },
  });
  expect(scoreRow(labelled, undefined, { protocol: 'vau-bench' })).toMatchObject({ score: 0, right: false });
  const grounded = REFERENCES[2] as ReferenceRow;
  expect(scoreRow(grounded, undefined, { protocol: 'vau-bench' })).toMatchObject({ score: null, right: false });
  expect(scoreRow(grounded, undefined, { protocol: 'strict' })).toMatchObject({ score: 0, right: false });
});
