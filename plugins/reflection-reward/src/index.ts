import { defineRewardPlugin } from '@srvau/reward-sdk';
import { brevityFrom } from './brevity';
import { ReflectionRewardOptions } from './options';
import { reflectionRange, reflectionReward } from './reflection-reward';

export { ReflectionRewardOptions };

export default defineRewardPlugin({
  id: 'reflection',
  scoreVersion: 1,
  summary: 'What the reflection did to the answer, that it is there, and brevity (Eqs. 4 and 5)',
  scope: 'sample',
  range: reflectionRange,
  options: ReflectionRewardOptions,
  create: (options) => {
    const brevityOf = brevityFrom(options);
    return { score: (batch) => batch.map((rollout) => reflectionReward(rollout, options, brevityOf)) };
  },
});
