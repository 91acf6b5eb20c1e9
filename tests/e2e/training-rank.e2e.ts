import { createServer } from 'node:net';
import { once } from 'node:events';
import type { TrainSummary } from '@srvau/contracts';
import { randomFrom } from './support/random';
import { type RankExit, RankProgram } from './support/rank-program';
import { TrainingCluster } from './support/training-cluster';

jest.setTimeout(300_000);

const SFT = { steps: 12, batchSize: 4, epochs: 100, checkpoints: { every: 2 }, validation: { every: 4 } };
const GRPO = {
  ...{ steps: 12, rollout: { groupSize: 2, promptsPerStep: 4, maxNewTokens: 12 }, optimizer: { learningRate: 1e-3 } },
  ...{ checkpoints: { every: 2 }, validation: { every: 4, limit: 2 }, samplesEvery: 3 },
};
/** Enough for every day; SRVAU_TEST_KILLS asks for more. */
const KILLS = Number(process.env['SRVAU_TEST_KILLS'] ?? 4);

let cluster: TrainingCluster;
beforeAll(async () => (cluster = await TrainingCluster.start()));
afterAll(() => cluster[Symbol.asyncDispose]());

function train(out: string, env: Record<string, string> = {}, config: object = SFT): RankProgram {
  const kind = 'rollout' in config ? 'grpo' : 'sft';
  const request = cluster.request(out, { config: { ...config } });
  return RankProgram.train(kind, request, cluster.path(`request of ${out}`), { ...cluster.env, ...env });
}

const summaryOf = ({ stdout }: RankExit): TrainSummary =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as TrainSummary;

/** One that nobody listens on, at this moment. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' ? address?.port : 0);
}

/** Undefined where it still runs. */
async function endedWithin(rank: RankProgram, ms: number): Promise<RankExit | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<undefined>((done) => (timer = setTimeout(() => done(undefined), ms)));
  return Promise.race([rank.ended, time]).finally(() => clearTimeout(timer));
}

/** Ends a rank at a random moment of its start or, every second time, of the steps that follow. */
async function interrupt(
  rank: RankProgram,
  out: string,
  n: number,
  random: () => number,
): Promise<RankExit | undefined> {
  if (n % 2 === 1) {
    const before = await cluster.stepsOf(out);
    while ((await cluster.stepsOf(out)) <= before) {
      const early = await endedWithin(rank, 20);
      if (early !== undefined) return early;
    }
  }
  const ended = await endedWithin(rank, (n % 2 === 1 ? 1_000 : 3_000) * random());
  if (ended !== undefined) return ended;
  const politely = n % 3 === 2;
  rank.signal(politely ? 'SIGTERM' : 'SIGKILL');
  const { code, stderr } = await rank.ended;
  // One that has only begun to load has no say in how it ends.
  if (politely && ![0, 75, null].includes(code)) throw new Error(`ended with ${code}:\n${stderr}`);
  return code === 0 ? await rank.ended : undefined;
}

describe.each([
  ['sft', SFT],
  ['grpo', GRPO],
])('a rank of %s by itself', (kind, config) => {
  beforeAll(async () => {
    if (kind === 'grpo') await cluster.addWorker('reward');
  });
  afterAll(() => cluster.removeWorkers());

  it('trains, and goes on where it was killed, again and again', async () => {
    const whole = await train(`${kind} whole`, {}, config).ended;
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(summaryOf(whole)).toMatchObject({ kind, steps: 12 });
    const random = randomFrom(17);
    let kills = 0;
    for (let run = 0; kills < KILLS; run += 1) {
      const out = `${kind} torn ${run}`;
      let ended: RankExit | undefined;
      for (; ended === undefined && kills < KILLS; kills += 1) {
        ended = await interrupt(train(out, {}, config), out, kills, random);
      }
      ended ??= await train(out, {}, config).ended;
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(await cluster.metrics(out)).toBe(await cluster.metrics(`${kind} whole`));
    }
  });
});

describe('a rank by itself', () => {
  beforeAll(async () => {
    expect(await train('whole').ended).toMatchObject({ code: 0 });
  });

  it('can be asked again, and does nothing twice', async () => {
    const again = await train('whole').ended;
    expect(again.code).toBe(0);
    expect(summaryOf(again)).toMatchObject({ steps: 12 });
  });

  it('says by its exit code whether to try again', async () => {
    const rank = train('stopped', {}, { ...SFT, steps: 1000, epochs: 1000 });
    await cluster.underWay('stopped', 1);
    rank.signal('SIGTERM');
    expect(await rank.ended).toMatchObject({ code: 75, signal: null });

    const other = await train('whole', {}, { ...SFT, seed: 3 }).ended;
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stderr)).toMatchObject({
      error: { code: 'CONFLICT', details: [{ field: 'config.seed' }] },
    });
  });

  it('refuses what it does not understand', async () => {
    expect(await RankProgram.start(['--kind', 'ppo'], {}).ended).toMatchObject({ code: 64 });
    const help = await RankProgram.start(['--help'], {}).ended;
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('WORLD_SIZE');
    const seat = await train('seat', { RANK: '2', WORLD_SIZE: '2' }).ended;
    expect(seat.code).toBe(1);
    expect(JSON.parse(seat.stderr)).toMatchObject({ error: { details: [{ field: 'RANK' }] } });
  });
});

describe('ranks of an indexed job', () => {
  it('train together; when one dies the others say try again, and all go on from the last checkpoint', async () => {
    const port = await freePort();
    const start = (): RankProgram[] =>
      ['0', '1'].map((index) =>
        train('pods', { JOB_COMPLETION_INDEX: index, WORLD_SIZE: '2', MASTER_ADDR: '127.0.0.1', MASTER_PORT: port }),
      );
    const [first, second] = start();
    await cluster.hasCheckpoint('pods');
    second?.signal('SIGKILL');
    expect(await second?.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(await first?.ended).toMatchObject({ code: 75 });

    const ended = await Promise.all(start().map(({ ended: exit }) => exit));
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(ended.map((exit) => exit.stdout.includes('"stoppedBy"'))).toEqual([true, false]);
    expect((await cluster.events('pods')).some(({ kind }) => kind === 'resumed')).toBe(true);
  });
});
