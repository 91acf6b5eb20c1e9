import type { JobRecord } from '@srvau/contracts';
import { createColors } from 'picocolors';
import { jobDetailText, jobTableText } from './jobs';

const plain = createColors(false);
const now = Date.parse('2026-01-02T04:00:00.000Z');
const running: JobRecord = {
  ...{ id: 'job-0001', kind: 'dataset.ingest', state: 'running', request: { out: 'file:///d\u009b2J' } },
  ...{ attempt: 2, maxAttempts: 5, submittedAt: '2026-01-02T03:58:00.000Z', startedAt: '2026-01-02T03:59:00.000Z' },
  ...{ heartbeatAt: '2026-01-02T03:59:58.000Z', worker: 'dataset/host/1/ab' },
  progress: { stage: 'videos', done: 3, total: 10, unit: 'videos' },
};
const failed: JobRecord = {
  ...{ id: 'job-0002', kind: 'dataset.ingest', state: 'failed', request: {}, attempt: 1, maxAttempts: 5 },
  ...{ submittedAt: '2026-01-02T03:00:00.000Z', startedAt: '2026-01-02T03:00:01.000Z' },
  finishedAt: '2026-01-02T03:00:03.500Z',
  error: {
    code: 'UNPROCESSABLE',
    message: 'a.csv: one column is missing',
    details: [{ field: 'columns', expected: 'Start Time', received: 'nothing' }],
  },
};

describe('jobTableText', () => {
  it('is a line a job', () => {
    expect(jobTableText([running, failed], now, plain).split('\n')).toEqual([
      'ID        KIND            STATE                    PROGRESS                      SUBMITTED       TOOK',
      'job-0001  dataset.ingest  running, attempt 2 of 5  3 of 10 videos                2 min 00 s ago  1 min 00 s',
      'job-0002  dataset.ingest  failed                   a.csv: one column is missing  1 h 00 min ago  2.5 s',
    ]);
  });

  it('cuts what a job waits for', () => {
    const progress = { stage: `waiting for the model (${'x'.repeat(200)})`, done: 0, total: 2, unit: 'items' };
    const [, line = ''] = jobTableText([{ ...running, progress }], now, plain).split('\n');
    expect(line).toContain('waiting for the model (xxx');
    expect(line.length).toBeLessThan(150);
  });
});

describe('jobDetailText', () => {
  it('shows what is known, and nothing that could drive the terminal', () => {
    const text = jobDetailText(running, now, plain);
    expect(text).toMatch(/^heartbeat +2026-01-02T03:59:58\.000Z \(2\.0 s ago\)$/m);
    expect(text).toMatch(/^worker +dataset\/host\/1\/ab$/m);
    expect(text).toContain('"out": "file:///d\\x9b2J"');
    expect(text).not.toMatch(/^(finished|error|key|cancel asked)/m);
  });

  it('shows an error with its details', () => {
    const text = jobDetailText(failed, now, plain);
    expect(text).toMatch(
      /^error +UNPROCESSABLE: a\.csv: one column is missing\n +• columns: expected Start Time, received nothing$/m,
    );
    expect(text).toMatch(/^took +2\.5 s$/m);
  });
});
