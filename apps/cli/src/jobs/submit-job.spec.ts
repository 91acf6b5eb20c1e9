import type { JobRecord, JobState } from '@srvau/contracts';
import { directoryKey, nextNumber } from './submit-job';

const OUT = 'file:///data/d';
const job = (number: number | string, state: JobState, out = OUT): JobRecord => ({
  ...{ id: `job-${number}`, kind: 'dataset.ingest', state, request: {}, attempt: 1, maxAttempts: 5 },
  submittedAt: '2026-01-02T03:04:05.000Z',
  idempotencyKey: `${directoryKey('ingest', out, '')}${number}`,
});

describe('nextNumber', () => {
  it('is the number of the job that is not over, else one more than there was', () => {
    expect(nextNumber([], 'ingest', OUT)).toBe(1);
    expect(nextNumber([job(1, 'succeeded')], 'ingest', OUT)).toBe(2);
    expect(nextNumber([job(9, 'failed'), job(10, 'cancelled'), job(2, 'succeeded')], 'ingest', OUT)).toBe(11);
    expect(nextNumber([job(2, 'running'), job(1, 'failed')], 'ingest', OUT)).toBe(2);
    expect(nextNumber([job(3, 'queued')], 'ingest', OUT)).toBe(3);
  });

  it('looks at nothing but the ingests of this command into this directory', () => {
    const others = [
      job(7, 'succeeded', 'file:///data/d2'),
      { ...job(7, 'succeeded'), idempotencyKey: 'a key of a user' },
      job('x', 'succeeded'),
    ];
    const { idempotencyKey: _none, ...withoutKey } = job(7, 'succeeded');
    expect(nextNumber([...others, withoutKey], 'ingest', OUT)).toBe(1);
  });
});
