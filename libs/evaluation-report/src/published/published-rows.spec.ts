import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VAU_EVAL_DIMENSIONS } from '@srvau/contracts';
import { isTotalOff, PUBLISHED_GROUNDING, PUBLISHED_QA } from './published-rows';

/** The text of the paper, where it lies beside this checkout. */
const PAPER = join(__dirname, '../../../../../shared/paper/srvau-r1.txt');

if (!existsSync(PAPER)) console.warn('skipped: the text of the paper is not in ../shared/paper');

const figures = PUBLISHED_QA.map(({ withoutThink, withThink, vauEval, total }) => [
  ...[withoutThink, withThink],
  ...VAU_EVAL_DIMENSIONS.map((name) => vauEval[name]),
  total,
]);

it('has the rows of Tables 1, 2 and 7, in range', () => {
  const counts = new Map<string, number>();
  for (const { origin, dataset } of [...PUBLISHED_QA, ...PUBLISHED_GROUNDING]) {
    const key = `${origin.kind === 'published' ? origin.table : 'measured'} ${dataset}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(Object.fromEntries(counts)).toEqual({ '1 MSAD': 8, '1 UCF-Crime': 8, '7 ECVA': 7, '2 MSAD': 4, '2 ECVA': 4 });
  for (const row of PUBLISHED_GROUNDING) {
    const recall = [row['R@0.3'], row['R@0.5'], row['R@0.7']] as [number, number, number];
    expect(recall).toEqual([...recall].sort((a, b) => b - a));
  }
});

it('names the rows whose total is not the sum of the marks', () => {
  const off = PUBLISHED_QA.filter(isTotalOff).map(({ dataset, model, total }) => `${model}, ${dataset}: ${total}`);
  expect(off).toEqual(['Qwen2-VL-2B, MSAD: 32.25', 'SRVAU-R1, MSAD: 38.3', 'VAU-R1, UCF-Crime: 25.49']);
});

const whereItIs = existsSync(PAPER) ? it : it.skip;
whereItIs('says what the text of the paper says (skipped where it is not at hand)', () => {
  const text = readFileSync(PAPER, 'utf8').split('\n');
  const printed = text.flatMap((line) => {
    const cells = line.split('\t');
    if (!/^\d/.test(cells[2] ?? '')) return [];
    return [[cells[1], ...cells.slice(2).map((cell) => Number.parseFloat(cell))].join(' ')];
  });
  for (const [index, { model }] of PUBLISHED_QA.entries()) {
    expect(printed).toContain([model, ...(figures[index] ?? [])].join(' '));
  }
  for (const row of PUBLISHED_GROUNDING) {
    expect(printed).toContain([row.model, row.mIoU, row['R@0.3'], row['R@0.5'], row['R@0.7']].join(' '));
  }
});
