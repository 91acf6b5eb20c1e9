import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainSummary } from '@srvau/contracts';
import { TrainingCluster } from './support/training-cluster';

jest.setTimeout(300_000);

/** Long enough to be interrupted; checkpoints often enough to go on from. */
const LONG = { steps: 60, batchSize: 4, epochs: 100, checkpoints: { every: 5 }, validation: { every: 10 } };
const SHORT = { ...LONG, steps: 6, checkpoints: { every: 3 }, validation: { every: 3 } };

let cluster: TrainingCluster;
beforeEach(async () => (cluster = await TrainingCluster.start()));
afterEach(() => cluster[Symbol.asyncDispose]());

const linesOf = (text: string): Record<string, number>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, number>);

describe('a supervised run', () => {
  it('ends with a checkpoint, and with every step on disk, over NATS and in the job', async () => {
    const worker = await cluster.addWorker();
    const jobId = await cluster.submit('sft', 'run', { config: SHORT });
    const summary = await cluster.summary(jobId);
    expect(summary).toMatchObject({ kind: 'sft', steps: 6, stoppedBy: null, out: cluster.path('run') });
    expect(existsSync(join(summary.checkpoint, 'model.safetensors'))).toBe(true);
    expect(existsSync(join(summary.checkpoint, 'tokenizer.json'))).toBe(true);

    const lines = linesOf(await cluster.metrics('run')).filter(({ step }) => step !== 0);
    expect(lines.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(lines.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(lines.at(-1)).toMatchObject(summary.metrics as Record<string, number>);

    const record = JSON.parse(readFileSync(join(cluster.path('run'), 'run.json'), 'utf8')) as Record<string, unknown>;
    expect(record).toMatchObject({
      kind: 'training.sft',
      config: { batchSize: 4, optimizer: { learningRate: 2e-5 } },
      given: { jobId, config: { batchSize: 4 } },
    });
    expect((await cluster.job(jobId)).progress).toMatchObject({ stage: 'training', done: 6, total: 6, unit: 'steps' });
    const ofRun = cluster.told.filter((message) => message.jobId === jobId);
    expect(ofRun.filter(({ metrics }) => metrics !== undefined).at(-1)).toMatchObject({ step: 6 });
    expect(ofRun.some(({ event }) => event?.kind === 'finished')).toBe(true);
    await cluster.gone(await cluster.ranks(worker));
  });

  it('is the same with two ranks, but for rounding', async () => {
    await cluster.addWorker();
    const one = await cluster.submit('sft', 'one', { config: SHORT });
    const two = await cluster.submit('sft', 'two', { config: SHORT, ranks: 2 });
    await cluster.summary(one);
    expect(await cluster.summary(two)).toMatchObject({ steps: 6 });
    const [alone, together] = [linesOf(await cluster.metrics('one')), linesOf(await cluster.metrics('two'))];
    expect(together).toHaveLength(alone.length);
    for (const [i, line] of alone.entries()) {
      for (const [name, value] of Object.entries(line)) expect(together[i]?.[name]).toBeCloseTo(value, 4);
    }
  });
});

describe('a run that is interrupted', () => {
  let uninterrupted: string;
  const config = LONG;

  beforeEach(async () => {
    const worker = await cluster.addWorker();
    await cluster.summary(await cluster.submit('sft', 'whole', { config }));
    uninterrupted = await cluster.metrics('whole');
    expect(worker.isRunning).toBe(true);
  });

  const expectTheSame = async (out: string, summary: TrainSummary): Promise<void> => {
    expect(summary.steps).toBe(LONG.steps);
    expect(await cluster.metrics(out)).toBe(uninterrupted);
    const names = (run: string): Promise<string[]> => readdir(join(cluster.path(run), 'checkpoints'));
    expect(await names(out)).toEqual(await names('whole'));
  };

  it('goes on when a rank was killed', async () => {
    const [worker] = cluster.workers;
    if (worker === undefined) throw new Error('no worker');
    const before = await cluster.ranks(worker);
    const jobId = await cluster.submit('sft', 'killed', { config });
    await cluster.hasCheckpoint('killed');
    const [rank] = await cluster.ranks(worker, before);
    process.kill(rank ?? -1, 'SIGKILL');
    await expectTheSame('killed', await cluster.summary(jobId));
    expect((await cluster.job(jobId)).attempt).toBe(2);
    const failed = worker.log.find(({ msg }) => msg === 'job attempt failed; it is tried again');
    expect(JSON.stringify(failed)).toContain('was killed by SIGKILL');
    expect((await cluster.events('killed')).some(({ kind }) => kind === 'resumed')).toBe(true);
  });

  it('goes on with another service when its own was killed, and leaves no rank behind', async () => {
    const [worker] = cluster.workers;
    if (worker === undefined) throw new Error('no worker');
    const before = await cluster.ranks(worker);
    const jobId = await cluster.submit('sft', 'orphaned', { config });
    await cluster.hasCheckpoint('orphaned');
    const ranks = await cluster.ranks(worker, before);
    worker.signal('SIGKILL');
    await cluster.gone(ranks);
    await cluster.addWorker();
    await expectTheSame('orphaned', await cluster.summary(jobId));
  });

  it('is handed over when its service is told to stop', async () => {
    const [worker] = cluster.workers;
    if (worker === undefined) throw new Error('no worker');
    const before = await cluster.ranks(worker);
    const jobId = await cluster.submit('sft', 'handed', { config });
    await cluster.hasCheckpoint('handed');
    const ranks = await cluster.ranks(worker, before);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    await cluster.gone(ranks);
    await cluster.addWorker();
    await expectTheSame('handed', await cluster.summary(jobId));
    expect((await cluster.job(jobId)).attempt).toBe(1);
  });

  it('is cancelled within seconds, and goes on when it is resumed', async () => {
    const jobId = await cluster.submit('sft', 'cancelled', { config });
    await cluster.hasCheckpoint('cancelled');
    const began = performance.now();
    await cluster.ask('srvau.jobs.cancel', { jobId });
    expect(await cluster.ended(jobId)).toMatchObject({ state: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(15_000);
    const again = await cluster.submit('sft', 'cancelled', { config, resume: true });
    await expectTheSame('cancelled', await cluster.summary(again));
  });
});
