import { packageVersion, runService } from '@srvau/service';
import { EVALUATION_ENV, EvaluationConfig } from './evaluation-config';
import { EvaluationModule } from './evaluation.module';

runService({
  service: 'evaluation',
  description: 'evaluates models on anomaly question answering, temporal grounding and explanation',
  version: packageVersion(__dirname),
  module: EvaluationModule,
  config: { type: EvaluationConfig, env: EVALUATION_ENV },
});
