import { packageVersion, runService } from '@srvau/service';
import { REWARD_ENV, RewardConfig } from './reward-config';
import { RewardModule } from './reward.module';

runService({
  service: 'reward',
  description: 'scores rollouts with reward plugins',
  version: packageVersion(__dirname),
  module: RewardModule,
  config: { type: RewardConfig, env: REWARD_ENV },
});
