import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareRuns, type NamedRun, readRun } from '@srvau/runs';
import { RunDirectory } from '@srvau/storage';
import { createColors } from 'picocolors';
import { curvesText } from './curves';
import { comparisonText } from './run-comparison';
import { runText } from './run-detail';
import { runTableText } from './runs';

const plain = createColors(false);
let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'srvau-cli-runs-'))));
afterEach(() => rm(dir, { recursive: true }));

async function made(name: string, config: Record<string, unknown>, losses: readonly number[]): Promise<NamedRun> {
  const kind = 'training.sft';
  await using run = await RunDirectory.createIn(join(dir, name), { kind, seed: 0, config, versions: {} });
  for (const [i, loss] of losses.entries()) await run.appendMetrics({ step: i + 1, loss });
  await run.appendEvent({ step: losses.length, at: '2026-01-02T03:04:05.000Z', kind: 'warning', message: 'a\u001bb' });
  await run.close();
  return { label: name, run: await readRun(join(dir, name)) };
}

it('shows runs in a table, in detail and side by side', async () => {
  const [a, b] = [await made('a', { epochs: 2 }, [3, 2]), await made('b', { epochs: 1 }, [3, 2.5, NaN])];
  const nowMs = Date.parse(a.run.record.createdAt) + 12_000;
  const listed = runTableText([{ path: 'runs/a', run: a.run }], nowMs, plain).split('\n');
  expect(listed[1]).toMatch(/^runs\/a +sft +interrupted +2 +loss 2 +1 +12 s ago$/);

  const shown = runText(b.run, [...b.run.metrics.series.values()], { colors: plain, columns: 80, events: 5, nowMs });
  expect(shown).toMatch(/\nloss +NaN +2\.5 +2\.5 +3 +█▁ +1 not finite\n/);
  expect(shown).toContain('2026-01-02 03:04:05  step 3  warning: a\\x1bb');
  expect(runText(a.run, [], { colors: plain, columns: 80, events: 0, nowMs })).toMatch(/by default\n {2}epochs +2$/);

  const compared = comparisonText([a, b], compareRuns([a.run, b.run]), plain);
  expect(compared).toMatch(/\nepochs +2 +1\n/);
  expect(compared).toMatch(/\nloss +2 +2 +NaN +2\.5$/);
});

it('tells runs apart by colour, or by panels where there are none', async () => {
  const runs = [await made('a', {}, [3, 2]), await made('b', {}, [3, 1])];
  const style = { smooth: 0, columns: 60 };
  const panels = (text: string): number => text.split('\n').filter((row) => row.includes('└')).length;
  const coloured = curvesText(runs, ['loss'], { ...style, colors: createColors(true) });
  expect(panels(coloured)).toBe(1);
  expect(coloured).toContain('\u001b[33m──\u001b[39m b: last 1 at step 2');
  const plainly = curvesText(runs, ['loss'], { ...style, colors: plain });
  expect(panels(plainly)).toBe(2);
  expect(plainly).not.toContain('\u001b');
});
