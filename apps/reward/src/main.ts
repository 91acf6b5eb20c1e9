import { packageVersion, runService } from '@srvau/service';
import { RewardModule } from './reward.module';

runService({
  service: 'reward',
  description: 'scores rollouts with reward plugins',
  version: packageVersion(__dirname),
  module: RewardModule,
});
