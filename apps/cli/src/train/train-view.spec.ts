import { PassThrough } from 'node:stream';
import type { JobRecord, RunMessage } from '@srvau/contracts';
import { Terminal } from '../terminal';
import { rateText, TrainView } from './train-view';

const at = '2026-01-02T03:04:05.000Z';
const running: JobRecord = {
  ...{ id: 'job-1', kind: 'training.grpo', state: 'running', request: {}, attempt: 1, maxAttempts: 20 },
  submittedAt: at,
};
const steps = (done: number): JobRecord => ({
  ...running,
  progress: { stage: 'training', done, total: 40, unit: 'steps' },
});
const message = (step: number, more: Partial<RunMessage>): RunMessage => ({
  ...{ jobId: 'job-1', kind: 'grpo', at, step },
  ...more,
});

it('shows progress with the newest figures, and tells what a person should know', () => {
  const stderr = new PassThrough();
  let now = 0;
  const view = new TrainView(new Terminal(new PassThrough(), stderr, {}), () => now);
  view.update(steps(0));
  const figures = { 'reward/total/mean': 0.51234, loss: null, 'length/mean': 120.5, lr: 2e-5 };
  view.hear(message(1, { metrics: figures }));
  now = 10_000;
  view.hear(message(5, { metrics: { ...figures, loss: 0.25 } }));
  view.update(steps(5));
  const event = { at, step: 5, message: 'has been 0' };
  view.hear(message(5, { event: { ...event, kind: 'warning', warning: 'constant-reward' } }));
  view.hear(message(5, { event: { ...event, kind: 'checkpoint' } }));
  view.close();
  expect(String(stderr.read()).split('\n')).toEqual([
    'job job-1 running',
    'training: 0 of 40 steps',
    'training: 5 of 40 steps · reward 0.5123 · loss 0.25 · 120.5 tokens · 2.5 s/step',
    '2026-01-02 03:04:05  step 5  warning constant-reward: has been 0',
    '',
  ]);
});

it('says how fast', () => {
  expect([rateText(12.34), rateText(1), rateText(0.3), rateText(0.004)]).toEqual([
    ...['12.3 steps/s', '1.0 steps/s', '3.3 s/step', '250 s/step'],
  ]);
});
