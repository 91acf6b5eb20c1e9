import { PassThrough } from 'node:stream';
import type { PluginColumn, PluginInfo } from '@srvau/reward-host';
import { Terminal } from '../terminal';
import { ScoreView } from './score-view';

const info = (id: string): PluginInfo => ({
  ...{ id, scoreVersion: 1, summary: '', scope: 'sample', range: { min: 0, max: 1 }, needs: [], source: id, dir: '/' },
  ...{
    package: { name: id, version: '1.0.0' },
    sdk: '^1.0.0',
    isolation: 'child-process',
    optionsSchema: {},
    options: {},
  },
});
const [task, slow] = [info('task'), info('slow')];
const column = (plugin: PluginInfo): PluginColumn => ({
  info: plugin,
  outcomes: [],
  range: plugin.range,
  elapsedMs: 0,
});

function screen(isTTY: boolean): { terminal: Terminal; err: () => string } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY, columns: 80 }),
  );
  const terminal = new Terminal(stdout as PassThrough, stderr as PassThrough, { NO_COLOR: '1' });
  return { terminal, err: () => String((stderr as PassThrough).read() ?? '') };
}

describe('ScoreView', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('shows on a terminal how far it is, and whom it waits for', () => {
    const { terminal, err } = screen(true);
    const view = new ScoreView(terminal, 10_000, () => 0.377);
    view.scored(1024);
    view.onAsk([task, slow]);
    jest.advanceTimersByTime(200);
    expect(err()).toContain('1,024 rollouts, 37 %; waiting for task, slow, 0.2 s of at most 10 s');
    view.onColumn(column(task));
    jest.advanceTimersByTime(2_000);
    expect(err()).toMatch(/37 %; waiting for slow, 2\.2 s of at most 10 s$/);
    view.onColumn(column(slow));
    jest.advanceTimersByTime(200);
    expect(err()).toMatch(/1,024 rollouts, 37 %$/);
    view.close();
    expect(err()).toBe('\r\u001b[K');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('names elsewhere a plugin that takes long, once, and one that is given up', () => {
    const { terminal, err } = screen(false);
    const view = new ScoreView(terminal, 60_000, () => undefined);
    for (let batch = 0; batch < 3; batch += 1) {
      view.onAsk([task, slow]);
      view.onColumn(column(task));
      jest.advanceTimersByTime(batch === 0 ? 2_800 : 30_000);
    }
    expect(err()).toBe('… waiting for slow, 3.0 s of at most 1 min 00 s\n');
    view.onGivenUp(slow, 'not asked any more');
    expect(err()).toBe('slow@1: not asked any more; the rest of its rollouts fail\n');
    view.close();
    expect(err()).toBe('');
  });
});
