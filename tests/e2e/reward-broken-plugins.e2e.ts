import { SUBJECTS, type ScoreColumn, type SrvauError } from '@srvau/contracts';
import { eventually } from './support/eventually';
import { fixture, PLUGINS, RewardCluster } from './support/reward-service';
import { qaRollouts } from './support/rollouts';

const ROWS = 8;
const all = Array.from({ length: ROWS }, (_, i) => i);
let cluster: RewardCluster;
beforeAll(async () => {
  cluster = await RewardCluster.start({ env: { SRVAU_PLUGIN_ROOTS: PLUGINS, SRVAU_REWARD_DEADLINE_MS: '1500' } });
  await cluster.request(SUBJECTS.rewardLoad, { source: fixture('steady') });
});
afterAll(() => cluster.stop());

const load = (name: string): Promise<unknown> => cluster.request(SUBJECTS.rewardLoad, { source: fixture(name) });
const columns = async (plugins: string[], deadlineMs?: number): Promise<Record<string, ScoreColumn>> => {
  const request = { rollouts: qaRollouts(ROWS), plugins, ...(deadlineMs === undefined ? {} : { deadlineMs }) };
  return (await cluster.request(SUBJECTS.rewardScore, request)).columns;
};

/** What the same request says of plugins that have done nothing wrong. */
const untouched = {
  task: { values: all.map((i) => (i % 2 === 0 ? 1 : 0.5)), failed: [] },
  steady: { values: all.map(() => 0.5), failed: [] },
};

describe('a plugin that is loaded and then breaks', () => {
  it.each([
    ['throws', /^throws@1: threw TypeError: the fixture throws/, all],
    ['rejects', /^rejects@1: threw Error: the fixture rejects/, all],
    ['hangs', /^hangs@1: did not answer within its deadline of 1500 ms/, all],
    ['too-few', /^too-few@1: expected 8 scores, received 7/, all],
    ['not-a-number', /^not-a-number@1: row 0 \(r0\): expected a value in \[0, 1\], received NaN/, [0, 2, 4, 6]],
    ['out-of-range', /^out-of-range@1: row 0 \(r0\): expected a value in \[0, 1\], received 7/, [0]],
    ['exits', /^exits@1: .*exit/, all],
    ['fills-heap', /^fills-heap@1: .*(heap|memory)/i, all],
    ['mutates', /^mutates@1: threw TypeError/, all],
  ])('%s: its rows have failed in its name, nothing else has', async (name, error, rows) => {
    await load(name);
    // Twice: what follows a crash is served as well.
    for (let round = 0; round < 2; round += 1) {
      // A heap takes its time to fill on a machine that is busy.
      const answered = await columns(['task', name, 'steady'], name === 'fills-heap' ? 25_000 : undefined);
      expect(answered).toMatchObject(untouched);
      const failed = answered[name]?.failed ?? [];
      expect(failed.flatMap((group) => group.rows).sort()).toEqual(rows);
      expect(failed[0]?.because).toMatch(error);
      expect(answered[name]?.values.filter((value) => value !== null)).toHaveLength(ROWS - rows.length);
    }
    const status = await eventually(`${name} is ready again`, async () => {
      const { plugins } = await cluster.request(SUBJECTS.rewardPlugins, {});
      const found = plugins.find(({ id }) => id === name);
      return found?.health.state === 'ready' && found;
    });
    // Its process had to go where nothing else ends a plugin.
    const crashes = ['hangs', 'exits', 'fills-heap'].includes(name);
    expect(status.health.restarts).toBeGreaterThanOrEqual(crashes ? 1 : 0);
    expect(status.health.restarts === 0).toBe(!crashes);
    await cluster.request(SUBJECTS.rewardUnload, { id: name });
  });

  it('ends a POST /get_reward with its name, or counts as abstained where that is asked for', async () => {
    await load('throws');
    const body = { query: ['x', 'y'], labels: ['B', 'B'] };
    const aborted = await cluster.getReward(body, '?plugins=task,throws');
    expect(aborted).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL' } } });
    expect(JSON.stringify(aborted.body)).toContain('throws@1: threw TypeError: the fixture throws');
    const abstained = await cluster.getReward(body, '?plugins=task,throws&onFailure=abstain');
    expect(abstained).toMatchObject({
      status: 200,
      body: { rewards: [0, 0], extra_logs: { throws: [0, 0], throws_failed: [1, 1], throws_abstained: [0, 0] } },
    });
    await cluster.request(SUBJECTS.rewardUnload, { id: 'throws' });
  });

  it('is counted', async () => {
    const { body } = await cluster.service.http('/metrics');
    expect(body).toMatch(/^srvau_reward_rollouts_total\{plugin="hangs",outcome="failed"\} 16$/m);
    expect(body).toMatch(/^srvau_reward_rollouts_total\{plugin="out-of-range",outcome="failed"\} 2$/m);
    expect(body).toMatch(/^srvau_reward_rollouts_total\{plugin="steady",outcome="failed"\} 0$/m);
  });
});

describe('a plugin that cannot be loaded', () => {
  it.each([
    ['throws-at-import', 'UNPROCESSABLE', /the fixture throws at import/],
    ['syntax-error', 'UNPROCESSABLE', /SyntaxError/],
    ['missing-entry', 'UNPROCESSABLE', /no-such-file\.mjs/],
    ['wrong-sdk', 'UNPROCESSABLE', /1\.0\.0.*\^2\.0\.0/],
    ['duplicate-id', 'CONFLICT', /task.*also the id of/],
    ['no-such-folder', 'NOT_FOUND', /no-such-folder/],
  ])('%s is refused with the reason', async (name, code, message) => {
    const error = await load(name).then(
      () => Promise.reject(new Error('expected a refusal')),
      (thrown: SrvauError) => thrown,
    );
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
    expect(await columns(['task', 'steady'])).toMatchObject(untouched);
  });

  it('and who may load what is decided by the configuration', async () => {
    const forbidden = ['/etc', `${PLUGINS}/../annotations`, `${PLUGINS}-elsewhere`, '../plugins/steady', 'typescript'];
    for (const source of forbidden) {
      await expect(cluster.request(SUBJECTS.rewardLoad, { source })).rejects.toMatchObject({
        ...{ code: 'FORBIDDEN', details: [{ field: 'source' }] },
      });
    }
  });
});
