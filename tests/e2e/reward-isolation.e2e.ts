import { SUBJECTS, type ScoreColumn } from '@srvau/contracts';
import { eventually } from './support/eventually';
import { fixture, PLUGINS, RewardCluster } from './support/reward-service';
import { qaRollouts } from './support/rollouts';
import { killHard } from './support/service-process';

const ENV = {
  ...{ SRVAU_PLUGIN_ROOTS: PLUGINS, SRVAU_REWARD_PLUGIN_MB: '128' },
  ...{ SRVAU_REWARD_PLUGIN_ENV: 'JUDGE_URL', JUDGE_URL: 'http://judge', AWS_SECRET_ACCESS_KEY: 'secret' },
};

let cluster: RewardCluster;
beforeEach(async () => {
  cluster = await RewardCluster.start({ env: ENV });
  await cluster.request(SUBJECTS.rewardLoad, { source: fixture('isolated') });
});
afterEach(() => cluster.stop());

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

const score = async (step: number): Promise<Record<string, ScoreColumn>> => {
  const request = { rollouts: qaRollouts(2), plugins: ['task', 'isolated'], step, deadlineMs: 30_000 };
  return (await cluster.request(SUBJECTS.rewardScore, request, { timeoutMs: 40_000 })).columns;
};

/** Of the process that the plugin is in. */
const childPid = async (): Promise<number> => (await cluster.service.logged('isolated'))['childPid'] as number;

it('contains what ends a process: memory outside of the heap, one allocation too many, a crash', async () => {
  for (const [step, because] of [
    [1, /^isolated@1: threw RangeError: Array buffer allocation failed$/],
    [2, /^isolated@1: filled its memory of 128 MB$/],
    [3, /^isolated@1: crashed with SIGSEGV/],
  ] as const) {
    const { task, isolated } = await score(step);
    expect(isolated?.failed).toMatchObject([{ because: expect.stringMatching(because) as string, rows: [0, 1] }]);
    expect(task?.values).toEqual([1, 0.5]);
    expect((await score(0))['isolated']?.values).toEqual([0.5, 0.5]);
  }
  expect(cluster.service.isRunning).toBe(true);
});

it('keeps the environment of the service from the plugin', async () => {
  const { variables } = await cluster.service.logged('isolated');
  expect(variables).toEqual(expect.arrayContaining(['PATH', 'JUDGE_URL']));
  expect((variables as string[]).filter((name) => /SRVAU|AWS/.test(name))).toEqual([]);
});

it('SIGTERM to every process, as of a container, drains: what is under way is answered, and no process is left', async () => {
  const pid = await childPid();
  const answer = score(4);
  await cluster.service.logged('step 4');
  for (const each of [cluster.service.pid, pid]) process.kill(each, 'SIGTERM');
  expect((await answer)['isolated']?.values).toEqual([0.5, 0.5]);
  expect(await cluster.service.exited).toEqual({ code: 0, signal: null });
  expect(isAlive(pid)).toBe(false);
});

it('SIGKILL to the service ends a plugin that computes without end too', async () => {
  const pid = await childPid();
  const lost = expect(score(5)).rejects.toThrow();
  await cluster.service.logged('step 5');
  killHard(cluster.service.pid);
  await eventually('the plugin is gone', () => !isAlive(pid) || undefined);
  await cluster.stop();
  await lost;
});
