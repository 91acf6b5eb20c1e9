import type { EvaluationReport } from '@srvau/contracts';
import { sampleReport } from '../../test/sample';
import { reportHtml } from '../render/html';
import { reportMarkdown } from '../render/markdown';
import { summaryOf } from '../store/report-summary';
import { checkReport } from './check-report';

const text = JSON.stringify(sampleReport({ published: true }).report);
const changed = (change: (report: Record<string, unknown>) => void): unknown => {
  const report = JSON.parse(text) as Record<string, unknown>;
  change(report);
  return report;
};

it.each<[unknown, string]>([
  [null, 'r: format: expected "srvau-evaluation-report", received nothing'],
  [[], 'r: format: expected "srvau-evaluation-report", received nothing'],
  [{ format: 'lm-eval' }, 'r: format: expected "srvau-evaluation-report", received "lm-eval" (string)'],
  [changed((r) => (r['version'] = 2)), 'r: version: expected version 1 of a report, received 2 (number)'],
  [changed((r) => (r['results'] = {})), 'r: results: expected an array, received an object with no keys'],
  [changed((r) => delete r['tables']), 'r: tables: expected an object, received nothing'],
  [changed((r) => ((r['results'] as { task: string }[])[1] = { task: 'vqa' })), 'r: results[1].task: expected one of'],
])('refuses what is no report: %#', (value, message) => {
  expect(() => checkReport(value, 'r')).toThrow(message);
});

const OTHERS = [undefined, 'text', [1], { a: {} }];

it('checks all that is looked into: what passes can be shown and listed', () => {
  // Every value of a report in turn is replaced by something of another kind.
  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (path.length > 0) paths.push(path);
    // All results, and of other lists the first item.
    if (Array.isArray(value))
      value.slice(0, path.length === 1 ? 4 : 1).forEach((item, index) => walk(item, [...path, index]));
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
  };
  walk(JSON.parse(text), []);
  expect(paths.length).toBeGreaterThan(500);
  let refused = 0;
  for (const [index, path] of paths.entries()) {
    const report = JSON.parse(text) as EvaluationReport;
    let holder: unknown = report;
    for (const key of path.slice(0, -1)) holder = (holder as Record<string | number, unknown>)[key];
    (holder as Record<string | number, unknown>)[path.at(-1) ?? ''] = OTHERS[index % OTHERS.length];
    let checked: EvaluationReport;
    try {
      checked = checkReport(report, 'r');
    } catch (error) {
      expect(error).toMatchObject({ code: 'UNPROCESSABLE' });
      refused += 1;
      continue;
    }
    summaryOf(checked);
    reportMarkdown(checked);
    reportHtml(checked);
  }
  expect(refused).toBeGreaterThan(paths.length / 2);
});
