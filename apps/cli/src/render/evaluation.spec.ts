import { PassThrough } from 'node:stream';
import { readPredictions, readReferences } from '@srvau/contracts';
import { type ScoreSettings, scorePredictions } from '@srvau/metrics';
import { Terminal } from '../terminal';
import { evaluationText } from './evaluation';

const { colors } = new Terminal(new PassThrough() as never, new PassThrough() as never, { NO_COLOR: '1' });

function shown(references: object[], predictions: object[], settings: ScoreSettings = {}): string {
  const truths = readReferences(references, 'references');
  return evaluationText(scorePredictions(truths, readPredictions(predictions, 'predictions'), settings), colors);
}

it('shows figures, intervals, transitions, classes, and what to look at', () => {
  const two = '<answer>A</answer><reflection>Sure?</reflection><answer>B</answer>';
  const text = shown(
    [
      { id: 'q1', task: 'qa', label: 'B', anomalyClass: 'Fire' },
      { id: 'q2', task: 'qa', label: 'B', anomalyClass: 'Fire' },
      { id: 't1', task: 'tag', normal: false, spanSec: [0, 10], anomalyClass: 'Fire' },
      { id: 't2', task: 'tag', anomalyClass: 'Normal' },
      { id: 't\u001b[2J', task: 'tag', normal: false },
    ],
    [
      { id: 'q1', completion: two },
      { id: 't1', answer: 'Anomaly', spanSec: [0, 5] },
      { id: 't2', answer: 'Normal' },
      { id: 'x', answer: 'B' },
    ],
  );
  expect(text.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '))).toEqual([
    'protocol strict',
    '5 references, 4 predictions, 60.00 % answered',
    '',
    'questions',
    'ROWS | UNPARSABLE | MISSING | SKIPPED | CORRECT | ACCURACY',
    '2 | 0 | 1 | 0 | 1 | 50.00',
    '0.00–100.00',
    '',
    'grounding',
    'ROWS | UNPARSABLE | MISSING | SKIPPED | mIoU | R@0.3 | R@0.5 | R@0.7',
    '2 | 0 | 0 | 1 | 75.00 | 100.00 | 100.00 | 50.00',
    '50.00–100.00 | 100.00–100.00 | 100.00–100.00 | 0.00–100.00',
    'of these 1 anomalous: mIoU 50.00, R@0.3 100.00, R@0.5 100.00, R@0.7 0.00',
    'of these 1 normal: called so 100.00',
    '',
    'first → final answer',
    'C→C | W→C | W→W | C→W | ROWS',
    'questions | 0 | 1 | 0 | 0 | 1',
    '',
    'by class',
    'CLASS | QUESTIONS | ACCURACY | GROUNDING | mIoU | R@0.3 | R@0.5 | R@0.7',
    'Fire | 2 | 50.00 | 1 | 50.00 | 100.00 | 100.00 | 0.00',
    'Normal | 0 | - | 1 | 100.00 | 100.00 | 100.00 | 100.00',
    '',
    'to look at',
    'without a prediction: 2 (q2, t\\x1b[2J)',
    'predictions of unknown ids, passed over: 1 (x)',
    'skipped, tag:no-span: 1 (t\\x1b[2J)',
  ]);
});

it('leaves out what there is nothing of', () => {
  const text = shown([{ id: 'q', task: 'qa', label: 'B' }], [{ id: 'q', answer: 'B' }], { resamples: 0 });
  expect(text).toBe(
    [
      'protocol strict',
      '  1 reference, 1 prediction, 100.00 % answered',
      '',
      'questions',
      '  ROWS  UNPARSABLE  MISSING  SKIPPED  CORRECT  ACCURACY',
      '     1           0        0        0        1    100.00',
    ].join('\n'),
  );
});
