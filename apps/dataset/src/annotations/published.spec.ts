import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { admitRows, originOfFile, readAnnotations } from './index';

const folder = join(__dirname, '../../../../../shared/data/vau-bench');
const published = existsSync(folder) ? describe : describe.skip;
if (!existsSync(folder)) console.warn('skipped: the published VAU-Bench files are not in ../shared/data/vau-bench');

interface Counts {
  rows: number;
  normal: number;
  qa: number;
  grounding: number;
  reasons: Record<string, number>;
  sources: Record<string, number>;
  splits: string[];
}

async function count(file: string): Promise<Counts> {
  const counts: Counts = { rows: 0, normal: 0, qa: 0, grounding: 0, reasons: {}, sources: {}, splits: [] };
  const splits = new Set<string>();
  const tally = (reason: string): number => (counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1);
  const { rows } = await readAnnotations(createReadStream(join(folder, file)), file, 'vau-bench');
  for await (const row of admitRows(rows, { file: originOfFile(file), given: { source: null, split: null } })) {
    if (row.kind === 'refused') {
      tally(row.exclusion.reason);
      continue;
    }
    counts.rows += 1;
    counts.normal += row.fields.normal ? 1 : 0;
    counts.qa += row.qa === null ? 1 : 0;
    counts.grounding += row.grounding === null ? 1 : 0;
    counts.sources[row.fields.source] = (counts.sources[row.fields.source] ?? 0) + 1;
    splits.add(row.fields.split);
    for (const finding of [row.qa, row.grounding, ...row.warnings]) if (finding !== null) tally(finding.reason);
  }
  return { ...counts, splits: [...splits] };
}

published('the published annotation files', () => {
  it('reads the MSAD test file: every row takes part in both tasks', async () => {
    await expect(count('test_msad.csv')).resolves.toEqual({
      rows: 240,
      normal: 120,
      qa: 240,
      grounding: 240,
      reasons: {},
      sources: { msad: 240 },
      splits: ['test'],
    });
  });

  it('reads the validation file: abnormal rows without a span leave grounding only', async () => {
    await expect(count('val.csv')).resolves.toEqual({
      rows: 734,
      normal: 214,
      qa: 734,
      grounding: 734 - 29 - 152,
      reasons: { 'grounding:no-span': 29 + 152 },
      sources: { ecva: 339, ucf: 299, msad: 96 },
      splits: ['val'],
    });
  });
});
