import { createHash } from 'node:crypto';
import type { EvaluationReport } from '@srvau/contracts';
import { sampleItems, sampleReport } from '../../test/sample';
import { reportHtml } from './html';
import { reportMarkdown } from './markdown';

const { report } = sampleReport({ published: true });

it('says the same in Markdown and HTML', () => {
  const [markdown, html] = [reportMarkdown(report), reportHtml(report)];
  for (const said of [
    'measured',
    'published, Table 7',
    '38.30',
    'judge-of-tests',
    'video-unreadable',
    'MSAD',
    '0.1.0',
  ]) {
    expect(markdown).toContain(said);
    expect(html).toContain(said);
  }
  expect(markdown).toContain('| MSAD        | tiny-vl ');
  expect(markdown).toContain('| *SRVAU-R1* ');
  expect(
    markdown
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .every((line) => line.endsWith('|')),
  ).toBe(true);
});

it('is the same bytes each time', () => {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const again = sampleReport({ published: true }).report;
  expect(digest(reportHtml(again))).toBe(digest(reportHtml(report)));
  expect(digest(reportMarkdown(again))).toBe(digest(reportMarkdown(report)));
});

it('lets no text of a model, a path or an id be more than text', () => {
  const hostile = '"><script>alert(1)</script>|`[x](javascript:y)\n# z\u2028w\u0000*_';
  const items = sampleItems().map((item) => ({
    ...item,
    ...{ id: `${hostile}${item.id}`, dataset: hostile },
    reference:
      item.reference === null ? null : { ...item.reference, id: `${hostile}${item.id}`, anomalyClass: hostile },
  }));
  const made = sampleReport(
    {
      model: { uri: hostile, identity: { backend: hostile, model: hostile, hash: null } },
      settings: { hostile, [hostile]: 1 },
    },
    items,
  ).report;
  const odd: EvaluationReport = { ...made, name: hostile, versions: { [hostile]: hostile } };
  const page = reportHtml(odd);
  expect(page).not.toContain('<script');
  expect(page.match(/<tr/g)).toHaveLength(page.match(/<\/tr>/g)?.length ?? 0);
  const lines = reportMarkdown(odd).split('\n');
  expect(lines.filter((line) => /^#+ /.test(line) && !/^#+ (?:Evaluation|[A-Z])/.test(line))).toEqual([]);
  for (const line of lines.filter((each) => !each.startsWith('    '))) {
    expect(line).not.toMatch(/(?<!\\)<script/);
    expect(line).not.toMatch(/(?<!\\)\[x(?<!\\)\]/);
  }
  const bars = (line: string): number => line.match(/(?<!\\)\|/g)?.length ?? 0;
  let table: string[] = [];
  for (const line of [...lines, '']) {
    if (line.startsWith('|')) table.push(line);
    else {
      expect(new Set(table.map(bars)).size).toBeLessThan(2);
      table = [];
    }
  }
});
