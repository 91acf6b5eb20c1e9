import { packageVersion, runService } from '@srvau/service';
import { DATASET_ENV, DatasetConfig } from './dataset-config';
import { DatasetModule } from './dataset.module';

runService({
  service: 'dataset',
  description: 'makes datasets of annotations and videos',
  version: packageVersion(__dirname),
  module: DatasetModule,
  config: { type: DatasetConfig, env: DATASET_ENV },
});
