import { packageVersion, runService } from '@srvau/service';
import { TrainingModule } from './training.module';

runService({
  service: 'training',
  description: 'trains a vision-language model: supervised cold start, then reinforcement learning',
  version: packageVersion(__dirname),
  module: TrainingModule,
});
