import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainSummary } from '@srvau/contracts';
import { killHard, type ServiceProcess } from './support/service-process';
import { TrainingCluster } from './support/training-cluster';

jest.setTimeout(300_000);

/** Long enough to be interrupted; checkpoints often enough to go on from. */
const LONG = { steps: 24, batchSize: 4, epochs: 100, checkpoints: { every: 4 }, validation: { every: 8 } };
const SHORT = { ...LONG, steps: 6, checkpoints: { every: 3 }, validation: { every: 3 } };

let cluster: TrainingCluster;
beforeAll(async () => (cluster = await TrainingCluster.start()));
afterEach(() => cluster.removeWorkers());
afterAll(() => cluster[Symbol.asyncDispose]());

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
    await cluster.gone(await cluster.ranks(worker, jobId));
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
  let worker: ServiceProcess;
  beforeEach(async () => (worker = await cluster.addWorker()));

  let uninterrupted: string | undefined;
  beforeEach(async () => {
    if (uninterrupted !== undefined) return;
    await cluster.summary(await cluster.submit('sft', 'whole', { config: LONG }));
    uninterrupted = await cluster.metrics('whole');
  });

  /** Begins a run, and waits until it has something to go on from. */
  const begin = async (out: string): Promise<{ jobId: string; ranks: number[] }> => {
    const jobId = await cluster.submit('sft', out, { config: LONG });
    await cluster.hasCheckpoint(out);
    return { jobId, ranks: await cluster.ranks(worker, jobId) };
  };

  const expectTheSame = async (out: string, summary: TrainSummary): Promise<void> => {
    expect(summary.steps).toBe(LONG.steps);
    expect(await cluster.metrics(out)).toBe(uninterrupted);
    const names = (run: string): Promise<string[]> => readdir(join(cluster.path(run), 'checkpoints'));
    expect(await names(out)).toEqual(await names('whole'));
    expect((await cluster.events(out)).some(({ kind }) => kind === 'resumed')).toBe(true);
  };

  it('goes on when a rank was killed', async () => {
    const { jobId, ranks } = await begin('killed');
    expect((await worker.http('/metrics')).body).toMatch(
      /^srvau_training_metric\{kind="sft",metric="val\/loss"\} [0-9.]+$/m,
    );
    killHard(ranks[0]);
    await expectTheSame('killed', await cluster.summary(jobId));
    expect((await cluster.job(jobId)).attempt).toBe(2);
    const failed = worker.log.find(({ msg }) => msg === 'job attempt failed; it is tried again');
    expect(JSON.stringify(failed)).toContain('was killed by SIGKILL');
  });

  it('goes on with another service when its own was killed, and leaves no rank behind', async () => {
    const { jobId, ranks } = await begin('orphaned');
    worker.signal('SIGKILL');
    await cluster.gone(ranks);
    await cluster.addWorker();
    await expectTheSame('orphaned', await cluster.summary(jobId));
  });

  it('is handed over when its service is told to stop', async () => {
    const { jobId, ranks } = await begin('handed');
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    await cluster.gone(ranks);
    await cluster.addWorker();
    await expectTheSame('handed', await cluster.summary(jobId));
    expect((await cluster.job(jobId)).attempt).toBe(1);
  });

  it('is taken over from a service that was cut off, as soon as that has let go of it', async () => {
    const { jobId } = await begin('cut off');
    worker.signal('SIGSTOP');
    const other = await cluster.addWorker();
    await cluster.ranks(other, jobId);
    worker.signal('SIGCONT');
    await expectTheSame('cut off', await cluster.summary(jobId));
    expect((await cluster.job(jobId)).worker).toContain(`/${other.pid}/`);
  });

  it('is cancelled within seconds, and goes on when it is resumed', async () => {
    const { jobId, ranks } = await begin('cancelled');
    const began = performance.now();
    await cluster.ask('srvau.jobs.cancel', { jobId });
    expect(await cluster.ended(jobId)).toMatchObject({ state: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(15_000);
    await cluster.gone(ranks);
    const again = await cluster.submit('sft', 'cancelled', { config: LONG, resume: true });
    await expectTheSame('cancelled', await cluster.summary(again));
  });

  it('is cancelled before its first step, too', async () => {
    const jobId = await cluster.submit('sft', 'early', { config: LONG });
    const ranks = await cluster.ranks(worker, jobId);
    await cluster.ask('srvau.jobs.cancel', { jobId });
    expect(await cluster.ended(jobId)).toMatchObject({ state: 'cancelled' });
    await cluster.gone(ranks);
  });
});
