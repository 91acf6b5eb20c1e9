import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '@srvau/contracts';
import { openRun, useTempDir, writeRun, writeSamples } from '../../test/run-on-disk';
import { findRuns } from './find-runs';
import { readMetrics } from './read-metrics';
import { readRun, stateOf } from './read-run';
import { readLastSamples } from './read-samples';

const temp = useTempDir();
const dir = (): string => join(temp(), 'r');
const event = (kind: RunEvent['kind']): RunEvent => ({ at: '2026-01-02T03:04:05.000Z', step: 1, kind, message: '' });

describe('readMetrics', () => {
  it('makes a series of each metric, where steps have it', async () => {
    await writeRun(dir(), { metrics: [{ loss: 2 }, { loss: NaN, 'val/loss': 3 }, { loss: -Infinity, kl: null }] });
    const { series, lastStep, faults } = await readMetrics(dir());
    expect([...series.keys()]).toEqual(['loss', 'val/loss']);
    expect([...(series.get('loss')?.values ?? [])]).toEqual([2, NaN, -Infinity]);
    expect([...(series.get('val/loss')?.steps ?? [])]).toEqual([2]);
    expect(lastStep).toBe(3);
    expect(faults).toMatchObject({ count: 0 });
    expect([...(await readMetrics(dir(), { keep: (name) => name === 'val/loss' })).series.keys()]).toEqual([
      'val/loss',
    ]);
  });

  it('counts and names damaged lines, and is silent about one that is being written', async () => {
    await writeRun(dir(), { metrics: [{ loss: 2 }] });
    const bad = ['\u0000\u0000', '[]', '{"step":1,"loss":9}', '{"step":"3"}', '{"step":4,"loss":"low","kl":1}'];
    await appendFile(join(dir(), 'metrics.jsonl'), `${bad.join('\n')}\n{"step":5,"lo`);
    const { series, lastStep, faults } = await readMetrics(dir());
    expect([...(series.get('loss')?.values ?? [])]).toEqual([2]);
    expect([...(series.get('kl')?.steps ?? [])]).toEqual([4]);
    expect(lastStep).toBe(4);
    expect(faults.count).toBe(5);
    expect(faults.messages[2]).toBe(
      'metrics.jsonl, line 4: step: expected a whole number above 1, received 1 (number)',
    );
    expect(faults.messages[4]).toBe('metrics.jsonl, line 6: loss: expected a number, received "low" (string)');
  });

  it('is empty where nothing is', async () => {
    expect(await readMetrics(temp())).toMatchObject({ lastStep: null, faults: { count: 0 } });
  });
});

describe('readRun', () => {
  it('tells a run that goes on from one that does not', async () => {
    const open = await openRun(dir(), { events: [{ kind: 'started' }], metrics: [{ loss: 1 }], checkpoints: [1] });
    expect(await readRun(dir())).toMatchObject({ state: 'running', checkpoints: [{ step: 1 }] });
    await open.close();
    expect(await readRun(dir())).toMatchObject({ state: 'interrupted', record: { id: 'r' } });
  });

  it.each<[string, RunEvent['kind'][]]>([
    ['interrupted', []],
    ['interrupted', ['started', 'warning', 'checkpoint']],
    ['finished', ['started', 'best', 'finished']],
    ['stopped', ['started', 'stopped', 'finished']],
    ['failed', ['started', 'failed']],
    ['interrupted', ['started', 'failed', 'resumed']],
    ['finished', ['started', 'failed', 'resumed', 'finished']],
  ])('%s: %j', (state, kinds) => {
    expect(stateOf(false, kinds.map(event))).toBe(state);
    expect(stateOf(true, kinds.map(event))).toBe('running');
  });

  it('takes events of a newer version, and counts lines that are none', async () => {
    await writeRun(dir(), { events: [{ kind: 'rewound' as RunEvent['kind'] }] });
    await appendFile(join(dir(), 'events.jsonl'), '{"at":1}\n');
    expect(await readRun(dir())).toMatchObject({ events: [{ kind: 'rewound' }], faults: { count: 1 } });
  });

  it('refuses what is no run', async () => {
    await expect(readRun(temp())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('findRuns', () => {
  it('finds runs by their record, not in runs, hidden folders or links', async () => {
    await writeRun(join(temp(), 'b', 'deep', 'run'));
    await writeRun(join(temp(), 'a'), { checkpoints: [1] });
    await mkdir(join(temp(), 'a', 'inner'));
    for (const place of ['a/inner', '.hidden', 'node_modules']) {
      await mkdir(join(temp(), place), { recursive: true });
      await writeFile(join(temp(), place, 'run.json'), '{}');
    }
    await symlink(temp(), join(temp(), 'b', 'round'));
    expect(await findRuns(temp())).toEqual([join(temp(), 'a'), join(temp(), 'b', 'deep', 'run')]);
    expect(await findRuns(join(temp(), 'a'))).toEqual([join(temp(), 'a')]);
    await expect(findRuns(join(temp(), 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('readLastSamples', () => {
  it('takes those of the last step, of all ranks, in whole groups', async () => {
    await using run = await openRun(dir());
    expect(await readLastSamples(dir(), 5)).toBeNull();
    const group = (name: string): { id: string; groupId: string }[] =>
      [0, 1].map((n) => ({ id: `${name}/${n}`, groupId: name }));
    await writeSamples(run, 1, group('old'));
    await writeSamples(run, 11, [...group('a'), ...group('b')]);
    await writeSamples(run, 11, group('c'), 1);
    const all = await readLastSamples(dir(), 99);
    expect(all?.samples.map(({ id }) => id)).toEqual(['a/0', 'a/1', 'b/0', 'b/1', 'c/0', 'c/1']);
    expect(await readLastSamples(dir(), 3)).toMatchObject({ step: 11, total: 6, samples: { length: 4 } });
    expect(all?.samples[0]).toMatchObject({ reward: 1, truth: { label: 'B' }, scores: { task: { value: 1 } } });
  });
});
