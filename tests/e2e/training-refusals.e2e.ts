import { TrainingCluster } from './support/training-cluster';

jest.setTimeout(240_000);

const SHORT = { steps: 2, batchSize: 4, epochs: 100 };

let cluster: TrainingCluster;
beforeAll(async () => {
  cluster = await TrainingCluster.start();
  await cluster.addWorker();
});
afterAll(() => cluster[Symbol.asyncDispose]());

describe('a request that cannot work is refused before it is a job', () => {
  it.each<['sft' | 'grpo', object, string, string]>([
    ['sft', { config: { optimizer: { learningRate: 0 } } }, 'INVALID_REQUEST', 'config.optimizer.learningRate'],
    ['sft', { config: { optimizer: { learningRate: 'NaN' } } }, 'INVALID_REQUEST', 'config.optimizer.learningRate'],
    ['sft', { preset: 'srvau-r2' }, 'INVALID_REQUEST', 'preset'],
    ['sft', { config: { batchSize: 9 }, ranks: 2 }, 'INVALID_REQUEST', 'config.batchSize'],
    ['sft', { model: 'file:///etc' }, 'FORBIDDEN', 'model'],
    ['sft', { model: 'tiny' }, 'INVALID_REQUEST', 'model'],
    ['sft', { resume: true }, 'NOT_FOUND', 'out'],
    ['sft', { epochs: 3 }, 'INVALID_REQUEST', 'epochs'],
    ['grpo', { config: { rollout: { groupSize: 1 } } }, 'INVALID_REQUEST', 'config.rollout.groupSize'],
    ['grpo', { config: { loss: { type: 'ppo' } } }, 'INVALID_REQUEST', 'config.loss.type'],
    ['grpo', { preset: 'reflection-sft' }, 'INVALID_REQUEST', 'preset'],
  ])('%s %j', async (kind, change, code, field) => {
    const request = { ...cluster.request('refused'), ...change };
    expect(await cluster.refused(kind, request)).toMatchObject({ code, details: [{ field }] });
  });
});

describe('one directory', () => {
  it('belongs to one run', async () => {
    const jobId = await cluster.submit('sft', 'mine', { config: SHORT, idempotencyKey: 'mine' });
    await cluster.summary(jobId);
    const request = cluster.request('mine', { config: SHORT });
    expect(await cluster.refused('sft', request)).toMatchObject({ code: 'CONFLICT', details: [{ field: 'out' }] });
    // Sent again, the same request is the same job.
    expect(await cluster.submit('sft', 'mine', { config: SHORT, idempotencyKey: 'mine' })).toBe(jobId);
    // Another key makes another job of it, which finds the run of the first.
    const other = await cluster.submit('sft', 'mine', { config: SHORT, idempotencyKey: 'other' });
    expect(await cluster.ended(other)).toMatchObject({ state: 'failed', error: { code: 'CONFLICT' } });
  });

  it('goes on only as the run that it is', async () => {
    await cluster.summary(await cluster.submit('sft', 'other', { config: SHORT }));
    const changed = cluster.request('other', { config: { ...SHORT, seed: 7 }, resume: true });
    expect(await cluster.refused('sft', changed)).toMatchObject({
      code: 'CONFLICT',
      details: [{ field: 'config.seed' }],
    });
    const longer = await cluster.submit('sft', 'other', { config: { ...SHORT, steps: 4 }, resume: true });
    expect(await cluster.summary(longer)).toMatchObject({ steps: 4 });
  });

  it('is not written by two jobs at once', async () => {
    const second = await cluster.addWorker();
    const config = { ...SHORT, steps: 400, checkpoints: { every: 400 }, validation: { every: 0 } };
    const first = await cluster.submit('sft', 'shared', { config });
    await cluster.underWay('shared', 2);
    const rival = await cluster.submit('sft', 'shared', { config, resume: true });
    const ended = await cluster.ended(rival);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'CONFLICT' } });
    expect(ended.error?.message).toContain('no other process is writing');
    await cluster.ask('srvau.jobs.cancel', { jobId: first });
    expect(await cluster.ended(first)).toMatchObject({ state: 'cancelled' });
    await second.stop();
  });
});
