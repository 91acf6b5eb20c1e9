import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { killHard, type ServiceProcess } from './support/service-process';
import { TrainingCluster } from './support/training-cluster';

jest.setTimeout(300_000);

const CONFIG = {
  steps: 10,
  rollout: { groupSize: 2, promptsPerStep: 4, maxNewTokens: 12 },
  reward: { components: [{ plugin: 'task' }] },
  optimizer: { learningRate: 1e-3 },
  checkpoints: { every: 2 },
  validation: { every: 5, limit: 2 },
  samplesEvery: 5,
};

let cluster: TrainingCluster;
let training: ServiceProcess;
let reward: ServiceProcess;
beforeAll(async () => (cluster = await TrainingCluster.start()));
beforeEach(async () => {
  [training, reward] = await Promise.all([cluster.addWorker(), cluster.addWorker('reward')]);
});
afterEach(() => cluster.removeWorkers());
afterAll(() => cluster[Symbol.asyncDispose]());

let uninterrupted: string | undefined;
async function whole(): Promise<string> {
  if (uninterrupted === undefined) {
    const summary = await cluster.summary(await cluster.submit('grpo', 'whole', { config: CONFIG }));
    expect(summary).toMatchObject({ kind: 'grpo', steps: 10 });
    uninterrupted = await cluster.metrics('whole');
  }
  return uninterrupted;
}

describe('a run of GRPO', () => {
  it('measures rewards, and keeps samples with their scores', async () => {
    const last = JSON.parse((await whole()).trimEnd().split('\n').at(-1) ?? '') as Record<string, number>;
    expect(last['reward/task/failed']).toBe(0);
    expect(last['reward/total/mean']).toBeGreaterThanOrEqual(0);
    expect(last['mismatch/max']).toBeLessThan(1e-3);
    expect(await readdir(join(cluster.path('whole'), 'samples'))).not.toEqual([]);
  });

  it('goes on when a rank was killed', async () => {
    const expected = await whole();
    const jobId = await cluster.submit('grpo', 'killed', { config: CONFIG });
    await cluster.hasCheckpoint('killed');
    const [rank] = await cluster.ranks(training, jobId);
    killHard(rank);
    expect(await cluster.summary(jobId)).toMatchObject({ steps: 10 });
    expect(await cluster.metrics('killed')).toBe(expected);
  });

  it('waits while the reward service is away, and goes on when it is back', async () => {
    const expected = await whole();
    const jobId = await cluster.submit('grpo', 'patient', { config: CONFIG });
    await cluster.underWay('patient', 2);
    await reward.stop();
    await cluster.saysOfRun('patient', 'waiting');
    expect((await cluster.job(jobId)).state).toBe('running');
    await cluster.addWorker('reward');
    expect(await cluster.summary(jobId)).toMatchObject({ steps: 10 });
    expect(await cluster.metrics('patient')).toBe(expected);
  });

  it('is cancelled while it waits for scores', async () => {
    await whole();
    const jobId = await cluster.submit('grpo', 'unscored', { config: CONFIG });
    await cluster.underWay('unscored', 2);
    await reward.stop();
    await cluster.saysOfRun('unscored', 'waiting');
    const began = performance.now();
    await cluster.ask('srvau.jobs.cancel', { jobId });
    expect(await cluster.ended(jobId)).toMatchObject({ state: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('is refused with a plugin that is not there, and leaves the directory free', async () => {
    const missing = { ...CONFIG, reward: { components: [{ plugin: 'nobodys' }] } };
    const jobId = await cluster.submit('grpo', 'missing', { config: missing });
    const { state, error } = await cluster.ended(jobId);
    expect(state).toBe('failed');
    expect(error?.message).toContain('nobodys');
    const again = await cluster.submit('grpo', 'missing', { config: { ...CONFIG, steps: 1 } });
    expect(await cluster.summary(again)).toMatchObject({ steps: 1 });
  });

  it('is the same with two ranks, but for rounding', async () => {
    const config = { ...CONFIG, steps: 2, validation: { every: 0 } };
    await cluster.summary(await cluster.submit('grpo', 'one', { config }));
    await cluster.summary(await cluster.submit('grpo', 'two', { config, ranks: 2 }));
    const first = async (out: string): Promise<Record<string, number>> =>
      JSON.parse((await cluster.metrics(out)).split('\n')[0] ?? '') as Record<string, number>;
    const [one, two] = [await first('one'), await first('two')];
    expect(Object.keys(two).sort()).toEqual(Object.keys(one).sort());
    for (const name of ['reward/total/mean', 'length/mean', 'gradNorm', 'kl'])
      expect(two[name]).toBeCloseTo(one[name] ?? NaN, 4);
  });
});
