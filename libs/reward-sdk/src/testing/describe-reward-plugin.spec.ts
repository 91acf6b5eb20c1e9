import { defineRewardPlugin } from '../define';
import { NoOptions } from '../options/parse-options';
import { scored } from '../score';
import { describeRewardPlugin } from './describe-reward-plugin';

const plugin = defineRewardPlugin({
  id: 'nought',
  scoreVersion: 1,
  summary: 'Always 0',
  scope: 'sample',
  range: { min: 0, max: 0 },
  options: NoOptions,
  create: () => ({ score: (batch) => batch.map(() => scored(0)) }),
});
const golden = {
  scoreVersion: 1,
  cases: [
    {
      name: 'nothing',
      rollouts: [{ id: 'a', groupId: 'g', task: 'qa', completion: '', truth: {} }],
      scores: [{ kind: 'scored', value: 0 }],
    },
  ],
};

// With the framework whose functions are global, which is jest's here.
describeRewardPlugin(plugin, { golden });

describe('describeRewardPlugin', () => {
  it('declares its tests in a framework that is given, and they run', async () => {
    const names: string[] = [];
    const runs: Promise<void>[] = [];
    const framework = {
      describe: (name: string, body: () => void): void => {
        names.push(name);
        body();
      },
      it: (name: string, body: () => Promise<void>): void => {
        names.push(name);
        runs.push(body());
      },
    };
    describeRewardPlugin(plugin, { golden, framework });
    expect(names.slice(0, 2)).toEqual(['nought@1 as a reward plugin', 'golden: nothing']);
    await Promise.all(runs);
    expect(runs.length).toBeGreaterThan(10);
  });

  it('says at once what is wrong with golden values', () => {
    expect(() => describeRewardPlugin(plugin, { golden: {} })).toThrow(/golden\.json: .*scoreVersion: expected/);
  });
});
