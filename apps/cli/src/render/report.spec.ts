import type { ReportComparison, ReportSummary } from '@srvau/contracts';
import type { ReportDocument } from '@srvau/evaluation-report';
import { createColors } from 'picocolors';
import { reportListText, reportText } from './report';
import { reportComparisonText } from './report-comparison';

const colors = createColors(false);

const summary = (name: string): ReportSummary => ({
  name,
  protocol: { name: 'strict', version: 1 },
  model: { uri: 'native:/m', identity: { backend: 'native', model: 'tiny\u001b[31m', hash: null } },
  dataset: { uri: 'file:///d', name: 'bench', hash: 'sha256:0', split: 'test', rows: 1200 },
  results: [
    { task: 'qa', thinking: 'with', items: 40, headline: { figure: 'accuracy', value: 70 } },
    { task: 'describe', thinking: 'without', items: 40, headline: { figure: 'total', value: null } },
  ],
});

it('lists reports, a result a line', () => {
  expect(reportListText([summary('r1')], colors)).toBe(
    [
      'REPORT  MODEL         DATASET      ROWS  PROTOCOL  RESULTS',
      'r1      tiny\\x1b[31m  bench test  1,200  strict    qa, w/ think: accuracy 70.00',
      '                                                   describe, w/o think: total –',
    ].join('\n'),
  );
});

it('shows a document, details on demand', () => {
  const document: ReportDocument = {
    title: 'Evaluation r1',
    facts: [{ name: 'Model', value: 'tiny\u0007' }],
    sections: [
      {
        title: 'Grounding',
        notes: ['one two three'],
        table: {
          columns: [
            { title: 'Model', numeric: false },
            { title: 'mIoU', numeric: true },
          ],
          rows: [{ cells: ['ours', '9.00'] }, { cells: ['theirs', '10.00'], published: true }],
        },
      },
      { title: 'Settings', notes: [], lines: ['{}'], isDetail: true },
    ],
  };
  const text = reportText(document, { full: false, colors, columns: 8 });
  expect(text.split('\n')).toEqual([
    ...['Evaluation r1', '', 'Model  tiny\\x07', '', 'Grounding', 'one two', 'three'],
    ...['  Model    mIoU', '  ours     9.00', '  theirs  10.00'],
  ]);
  expect(reportText(document, { full: true, colors, columns: 80 })).toMatch(/Settings\n {2}\{\}$/);
});

it('shows differences with their intervals, and what could not be compared', () => {
  const none = { count: 0, ids: [] };
  const comparison: ReportComparison = {
    ...{ first: summary('r1'), second: summary('r2') },
    differences: [{ field: 'protocol.name', first: 'strict', second: 'vau-bench' }],
    conflicts: ['protocol.name'],
    bootstrap: { resamples: 1000, seed: 0, level: 95 },
    parts: [
      {
        ...{ task: 'qa', thinking: 'with', dataset: null, pairs: 38 },
        ...{ onlyFirst: { count: 4, ids: ['a', 'b', 'c', 'd'] }, onlySecond: none, otherTruth: none },
        figures: [
          {
            ...{ figure: 'accuracy', first: 50, second: 47.5, difference: -2.5, interval: [-7.5, 0] },
            mcNemar: { onlyFirst: 1, onlySecond: 0, exactP: 0.00001 },
          },
        ],
      },
    ],
    unmatched: [{ report: 'second', task: 'tag', thinking: 'without' }],
  };
  const lines = reportComparisonText(comparison, colors).split('\n');
  expect(lines).toContain('protocol.name   strict  vau-bench');
  expect(lines).toContain(
    'qa, w/ think  all      accuracy     38  50.00   47.50  -2.50  -7.50 to 0.00           1            0  < 0.0001',
  );
  expect(lines.filter((line) => line.startsWith('!'))).toEqual([
    '! qa, w/ think: 4 items scored by the first alone (a, b, c, …)',
    '! tag, w/o think: only in the second',
    '! compared in spite of protocol.name',
  ]);
});
