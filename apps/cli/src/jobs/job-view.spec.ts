import type { JobProgress, JobRecord } from '@srvau/contracts';
import { barText, BarView, LineView, progressText, stateText, tookText } from './job-view';

const queued: JobRecord = {
  ...{ id: 'job-0001', kind: 'dataset.ingest', state: 'queued', request: {}, attempt: 0, maxAttempts: 5 },
  submittedAt: '2026-01-02T03:04:05.000Z',
};
const running: JobRecord = { ...queued, state: 'running', attempt: 1, startedAt: '2026-01-02T03:04:06.000Z' };
const videos = (done: number, total: number | null = 10): JobProgress => ({
  stage: 'videos',
  done,
  total,
  unit: 'videos',
});

describe('LineView', () => {
  it('shows each change of state and stage, each end of a stage, and one line now and then in between', () => {
    const lines: string[] = [];
    let now = 0;
    const view = new LineView({ note: (line) => lines.push(line) }, () => now);
    view.update(queued);
    view.update(queued);
    view.update(running);
    view.update({ ...running, progress: videos(0) });
    view.update({ ...running, progress: videos(1) });
    now = 5_000;
    view.update({ ...running, progress: videos(5) });
    view.update({ ...running, progress: videos(6) });
    view.update({ ...running, progress: videos(10) });
    view.update({ ...running, progress: { stage: 'manifest', done: 0, total: null, unit: 'rows' } });
    view.update({ ...running, attempt: 2, progress: videos(10) });
    view.update({ ...running, attempt: 2, state: 'succeeded', progress: videos(10) });
    expect(lines).toEqual([
      'job job-0001 queued',
      'job job-0001 running',
      '0 of 10 videos',
      '5 of 10 videos',
      '10 of 10 videos',
      'manifest',
      'job job-0001 running, attempt 2 of 5',
      '10 of 10 videos',
      'job job-0001 succeeded',
    ]);
  });
});

describe('BarView', () => {
  it('keeps a bar below the lines while a stage runs', () => {
    const shown: string[] = [];
    let now = 0;
    const terminal = {
      note: (line: string) => shown.push(line),
      showLive: (text: string) => shown.push(`[${text}]`),
      noteColumns: 60,
    };
    const view = new BarView(terminal, () => now);
    view.update({ ...running, progress: videos(4) });
    now = 8_000;
    view.update({ ...running, progress: videos(6) });
    view.update({ ...running, state: 'succeeded', progress: videos(10) });
    view.close();
    expect(shown).toEqual([
      'job job-0001 running',
      '[████████████░░░░░░░░░░░░░░░░░░ 4 of 10 videos · 0.0 s]',
      '[██████████████████░░░░░░░░░░░░ 6 of 10 videos · 8.0 s · 16…]',
      'job job-0001 succeeded',
      '[]',
      '[]',
    ]);
  });
});

describe('barText', () => {
  it('has no bar for a stage of unknown length, and no end in sight before anything is done', () => {
    expect(barText(videos(3, null), 3, 2)).toBe('3 videos · 2.0 s');
    expect(barText(videos(0, 0), 0, 2)).toBe('0 of 0 videos · 2.0 s');
    expect(barText(videos(3), 0, 2)).toBe(`${'█'.repeat(9)}${'░'.repeat(21)} 3 of 10 videos · 2.0 s`);
    expect(barText(videos(10), 7, 2)).toBe(`${'█'.repeat(30)} 10 of 10 videos · 2.0 s`);
  });
});

describe('texts of a job', () => {
  it('says where it stands', () => {
    expect(stateText(queued)).toBe('queued');
    expect(stateText({ ...running, cancelRequestedAt: '2026-01-02T03:04:07.000Z' })).toBe('stopping');
    expect(stateText({ ...queued, attempt: 3 })).toBe('queued');
    expect(progressText(videos(3))).toBe('3 of 10 videos');
    expect(progressText({ stage: 'co\u001bpy', done: 3, total: null, unit: 'files' })).toBe('co\\x1bpy: 3 files');
  });

  it('says how long it took, once it is over', () => {
    expect(tookText(running)).toBeNull();
    expect(tookText({ ...running, finishedAt: '2026-01-02T03:04:18.500Z' })).toBe('13 s');
  });
});
