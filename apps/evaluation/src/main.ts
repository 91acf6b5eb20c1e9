import { packageVersion, runService } from '@srvau/service';
import { EvaluationModule } from './evaluation.module';

runService({
  service: 'evaluation',
  description: 'evaluates models on anomaly question answering, temporal grounding and explanation',
  version: packageVersion(__dirname),
  module: EvaluationModule,
});
