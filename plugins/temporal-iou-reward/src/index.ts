import { defineRewardPlugin } from '@srvau/reward-sdk';
import { TemporalIouRewardOptions } from './options';
import { temporalIouReward } from './temporal-iou-reward';

export { TemporalIouRewardOptions };

export default defineRewardPlugin({
  id: 'temporal-iou',
  scoreVersion: 1,
  summary: 'Overlap of the answered span with the annotated one; for normal videos, the verdict (Eq. 6)',
  scope: 'sample',
  range: { min: 0, max: 1 },
  options: TemporalIouRewardOptions,
  create: (options) => ({ score: (batch) => batch.map((rollout) => temporalIouReward(rollout, options)) }),
});
