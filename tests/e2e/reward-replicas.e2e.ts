import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SUBJECTS, type SrvauError } from '@srvau/contracts';
import { eventually } from './support/eventually';
import { fixture, PLUGINS, RewardCluster } from './support/reward-service';
import type { ServiceProcess } from './support/service-process';
import { qaRollouts } from './support/rollouts';

const RUNS = join(__dirname, '../../runs');
const LANES = 6;
let cluster: RewardCluster;
afterEach(() => cluster.stop());

/** Rollouts that a replica says a plugin has scored. */
async function scoredBy(replica: ServiceProcess, plugin: string): Promise<number> {
  const { body } = await replica.http('/metrics');
  const line = `srvau_reward_rollouts_total\\{plugin="${plugin}",outcome="scored"\\} (\\d+)`;
  return Number(new RegExp(line).exec(body)?.[1] ?? 0);
}

/** Keeps requests coming from several callers while `act` goes on, and until each caller has had some more answers. */
async function underLoad<T>(ask: () => Promise<T>, act: () => Promise<void>): Promise<T[]> {
  const answers: T[] = [];
  let over = false;
  const lane = async (): Promise<void> => {
    for (let more = 5; more > 0; more -= Number(over)) answers.push(await ask());
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  // A lane that fails must be heard of even while `act` goes on.
  await Promise.race([act().finally(() => (over = true)), lanes]);
  await lanes;
  return answers;
}

/** A plugin that scores a constant, which the test may change on disk. It stands where it finds the SDK. */
class ConstantPlugin {
  private constructor(readonly dir: string) {}

  static async create(root: string): Promise<ConstantPlugin> {
    const plugin = new ConstantPlugin(join(root, 'steady'));
    await cp(fixture('steady'), plugin.dir, { recursive: true });
    return plugin;
  }

  async scores(value: number): Promise<void> {
    const source = await readFile(join(fixture('steady'), 'index.mjs'), 'utf8');
    await writeFile(join(this.dir, 'index.mjs'), source.replace('scored(0.5)', `scored(${value})`));
  }
}

describe('plugins at run time', () => {
  let root: string;
  beforeEach(async () => {
    // Below the workspace, where a module finds the SDK as an installed one would.
    await mkdir(RUNS, { recursive: true });
    root = await realpath(await mkdtemp(join(RUNS, 'plugins-')));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('a reload under load loses no request: each is answered by the old code or the new', async () => {
    cluster = await RewardCluster.start({ env: { SRVAU_PLUGIN_ROOTS: root } });
    const plugin = await ConstantPlugin.create(root);
    await cluster.request(SUBJECTS.rewardLoad, { source: plugin.dir });
    const rollouts = qaRollouts(16);
    const ask = async (): Promise<number> => {
      const { columns } = await cluster.request(
        SUBJECTS.rewardScore,
        { rollouts, plugins: ['steady'] },
        { retries: 0 },
      );
      const { values, failed } = columns['steady'] ?? {};
      expect(failed).toEqual([]);
      expect(new Set(values).size).toBe(1);
      return values?.[0] ?? NaN;
    };
    const values = [0.1, 0.2, 0.3, 0.4];
    const answers = await underLoad(ask, async () => {
      for (const value of values) {
        await plugin.scores(value);
        await cluster.request(SUBJECTS.rewardReload, { id: 'steady' });
        expect(await ask()).toBe(value);
      }
    });
    expect(new Set(answers)).toEqual(new Set([0.5, ...values].filter((value) => answers.includes(value))));
    expect(answers.slice(-LANES)).toEqual(Array.from({ length: LANES }, () => 0.4));

    // Code that does not load leaves the old one running.
    await writeFile(join(plugin.dir, 'index.mjs'), 'export default {{;');
    await expect(cluster.request(SUBJECTS.rewardReload, { id: 'steady' })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
    });
    expect(await ask()).toBe(0.4);
  });

  it('what one replica loads, reloads and unloads, every replica has, also one that comes later', async () => {
    cluster = await RewardCluster.start({ replicas: 2, env: { SRVAU_PLUGIN_ROOTS: root } });
    const plugin = await ConstantPlugin.create(root);
    const rollouts = qaRollouts(4);
    const ask = async (): Promise<number | null | undefined> => {
      const { columns } = await cluster.request(SUBJECTS.rewardScore, { rollouts, plugins: ['steady'] });
      return columns['steady']?.values[0];
    };
    const everywhere = (expected: number): Promise<unknown> =>
      eventually('all replicas have the same code', async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, ask));
        return answers.every((value) => value === expected);
      });

    await cluster.request(SUBJECTS.rewardLoad, { source: plugin.dir });
    // At once: the one that answers may not be the one that was asked to load.
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array.from({ length: 20 }, () => 0.5));
    await plugin.scores(0.25);
    await cluster.request(SUBJECTS.rewardReload, { id: 'steady' });
    await everywhere(0.25);

    await cluster.addReplica();
    await eventually('each replica has scored with it', async () => {
      await Promise.all(Array.from({ length: 20 }, ask));
      const counts = await Promise.all(cluster.replicas.map((replica) => scoredBy(replica, 'steady')));
      return counts.every((count) => count > 0);
    });

    await cluster.request(SUBJECTS.rewardUnload, { id: 'steady' });
    await eventually('no replica has it', async () => {
      const answers = await Promise.allSettled(Array.from({ length: 20 }, ask));
      return answers.every((answer) => answer.status === 'rejected');
    });
    await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });

    // Also a replica that has never had it says what became of it.
    await cluster.addReplica();
    await eventually('all replicas name it as unloaded', async () => {
      const lists = await Promise.all(Array.from({ length: 20 }, () => cluster.request(SUBJECTS.rewardPlugins, {})));
      return lists.every(({ unloaded }) => unloaded.join() === 'steady');
    });
  });
});

describe('two replicas', () => {
  it('share the requests, and lose none when one is killed under load', async () => {
    cluster = await RewardCluster.start({ replicas: 2 });
    const [first, second] = cluster.replicas as [ServiceProcess, ServiceProcess];
    let asked = 0;
    const ask = async (): Promise<number> => {
      const count = (asked += 1);
      const rollouts = qaRollouts(64, { groupId: `request ${count}` });
      // Scoring twice does no harm: an answer that died with its replica is asked for again.
      const options = { idempotent: true, attemptMs: 1_000, retries: 20 };
      const { columns } = await cluster.request(SUBJECTS.rewardScore, { rollouts, plugins: ['task'] }, options);
      expect(columns['task']?.values).toEqual(rollouts.map((_, i) => (i % 2 === 0 ? 1 : 0.5)));
      return count;
    };
    const answers = await underLoad(ask, async () => {
      await eventually('both work', async () => {
        const counts = await Promise.all([first, second].map((replica) => scoredBy(replica, 'task')));
        return counts.every((count) => count > 0);
      });
      first.signal('SIGKILL');
      await first.exited;
      // And one that ends in order: what it has begun it answers.
      await cluster.addReplica();
      expect(await second.stop()).toEqual({ code: 0, signal: null });
    });
    expect(answers.sort((a, b) => a - b)).toEqual(Array.from({ length: asked }, (_, i) => i + 1));
  });
});

describe('more than fits', () => {
  it('is refused as BUSY at once, over NATS and HTTP, and the rest is served', async () => {
    const env = { SRVAU_PLUGIN_ROOTS: PLUGINS, SRVAU_REWARD_MAX_ROLLOUTS: '10', SRVAU_REWARD_DEADLINE_MS: '20000' };
    cluster = await RewardCluster.start({ env });
    await cluster.request(SUBJECTS.rewardLoad, { source: fixture('slow') });
    const ask = (rollouts: number): Promise<unknown> =>
      cluster.request(
        SUBJECTS.rewardScore,
        { rollouts: qaRollouts(rollouts), plugins: ['slow'], options: { slow: { waitMs: 3_000 } } },
        { retries: 0 },
      );
    const served = ask(10);
    // The first is on its way before any other: one connection keeps order.
    const refused = await ask(1).then(
      () => Promise.reject(new Error('expected a refusal')),
      (error: SrvauError) => error,
    );
    expect(refused).toMatchObject({ code: 'BUSY', retryable: true });
    expect(refused.message).toMatch(/10 rollouts wait or are being scored, and 10 may/);
    const overHttp = await cluster.getReward({ query: ['x'], labels: ['B'] }, '?plugins=task');
    expect(overHttp).toMatchObject({ status: 429, body: { error: { code: 'BUSY' } } });
    expect(overHttp.headers.get('retry-after')).toBe('1');
    expect(await served).toMatchObject({ columns: { slow: { failed: [] } } });
    // More than the bound in one request is served where nothing else is.
    expect(await ask(11)).toMatchObject({ rows: 11 });
  });
});

describe('a drain', () => {
  it('answers what came over HTTP before the process ends', async () => {
    cluster = await RewardCluster.start({ env: { SRVAU_PLUGIN_ROOTS: PLUGINS } });
    await cluster.request(SUBJECTS.rewardLoad, { source: fixture('slow') });
    const options = encodeURIComponent(JSON.stringify({ slow: { waitMs: 1_500 } }));
    const answer = cluster.getReward({ query: ['x'], labels: ['B'] }, `?plugins=slow&options=${options}`);
    await eventually('the request is being served', async () => {
      const { body } = await cluster.service.http('/metrics');
      return body.includes('srvau_reward_pending_rollouts 1');
    });
    expect(await cluster.service.stop()).toEqual({ code: 0, signal: null });
    expect(await answer).toMatchObject({ status: 200, body: { rewards: [1] } });
  });
});
