import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const pluginSpec = `
const { defineRewardPlugin, NoOptions, scored } = require(${JSON.stringify(require.resolve('@srvau/reward-sdk'))});
const { describeRewardPlugin } = require(${JSON.stringify(require.resolve('@srvau/reward-sdk/testing'))});

const plugin = defineRewardPlugin({
  id: 'nought',
  scoreVersion: 1,
  summary: 'Always 0',
  scope: 'sample',
  range: { min: 0, max: 0 },
  options: NoOptions,
  create: () => ({ score: (batch) => batch.map(() => scored(0)) }),
});
const rollout = { id: 'a', groupId: 'g', task: 'qa', completion: '', truth: {} };
const golden = (value) => ({ scoreVersion: 1, cases: [{ name: 'nothing', rollouts: [rollout], scores: [scored(value)] }] });
describeRewardPlugin(plugin, { golden: golden(Number(process.env.SPEC_VALUE)) });
`;

describe('describeRewardPlugin without a framework of its own', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'reward-sdk-'));
    await writeFile(join(dir, 'plugin.test.cjs'), pluginSpec);
  });
  afterAll(() => rm(dir, { recursive: true }));

  const nodeTest = (value: number): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', join(dir, 'plugin.test.cjs')], {
      env: { ...process.env, NODE_OPTIONS: '', SPEC_VALUE: `${value}` },
    });

  it('declares its tests with node:test', async () => {
    const { stdout } = await nodeTest(0);
    expect(stdout).toMatch(/# Subtest: nought@1 as a reward plugin/);
    expect(stdout).toMatch(/# fail 0/);
  });

  it('and they fail where they should', async () => {
    const failure = await nodeTest(1).then(
      () => undefined,
      (error: { stdout: string }) => error.stdout,
    );
    expect(failure).toMatch(/not ok 1 - golden: nothing/);
    expect(failure).toMatch(/row 0 \(a\): expected .*"value":1.*, received .*"value":0/);
  });
});
