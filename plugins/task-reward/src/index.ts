import { defineRewardPlugin } from '@srvau/reward-sdk';
import { TaskRewardOptions } from './options';
import { taskReward } from './task-reward';

export { TaskRewardOptions };

export default defineRewardPlugin({
  id: 'task',
  scoreVersion: 1,
  summary: 'Format, and accuracy of the first answer (Eq. 3)',
  scope: 'sample',
  range: ({ formatScore, accuracyScore }) => ({ min: 0, max: formatScore + accuracyScore }),
  options: TaskRewardOptions,
  create: (options) => ({ score: (batch) => batch.map((rollout) => taskReward(rollout, options)) }),
});
