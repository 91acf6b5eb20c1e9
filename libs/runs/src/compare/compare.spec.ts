import { join } from 'node:path';
import { useTempDir, writeRun } from '../../test/run-on-disk';
import { readRun } from '../read/read-run';
import { compareRuns } from './compare-runs';
import { flattened } from './flatten';

const temp = useTempDir();

it('flattens a configuration to paths', () => {
  const config = { a: { b: 1, empty: {} }, list: [1, 2], items: [{ x: 1 }, 5], none: null };
  expect([...flattened(config)]).toEqual([
    ['a.b', 1],
    ['a.empty', {}],
    ['list', [1, 2]],
    ['items[0].x', 1],
    ['items[1]', 5],
    ['none', null],
  ]);
  expect([...flattened({})]).toEqual([]);
});

it('says what differs, and how far the others are from the first', async () => {
  const at = (name: string): string => join(temp(), name);
  await writeRun(at('a'), { config: { lr: 1, tasks: ['qa'] }, metrics: [{ loss: 3, kl: 1 }, { loss: 2 }] });
  await writeRun(at('b'), { seed: 4, config: { lr: 2, tasks: ['qa'], extra: 1 }, metrics: [{ loss: 1.5 }] });
  await writeRun(at('c'), { config: { lr: 1, tasks: ['qa'] }, metrics: [{ loss: NaN }] });
  const compared = compareRuns(await Promise.all(['a', 'b', 'c'].map((name) => readRun(at(name)))));
  expect(compared.differences).toEqual([
    { field: 'seed', values: [0, 4, 0] },
    { field: 'lr', values: [1, 2, 1] },
    { field: 'extra', values: [undefined, 1, undefined] },
  ]);
  const [loss, kl] = compared.metrics;
  expect(loss).toMatchObject({ metric: 'loss', deltas: [0, -0.5, null] });
  expect(loss?.summaries.map((summary) => summary?.best?.value)).toEqual([2, 1.5, undefined]);
  expect(kl).toMatchObject({ metric: 'kl', deltas: [0, null, null], summaries: [{}, null, null] });
});
