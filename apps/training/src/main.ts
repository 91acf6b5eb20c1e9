import { packageVersion, runService } from '@srvau/service';
import { TRAINING_ENV, TrainingConfig } from './training-config';
import { TrainingModule } from './training.module';

runService({
  service: 'training',
  description: 'trains a vision-language model: supervised cold start, then reinforcement learning',
  version: packageVersion(__dirname),
  module: TrainingModule,
  config: { type: TrainingConfig, env: TRAINING_ENV },
});
