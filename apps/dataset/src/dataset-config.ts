import { availableParallelism } from 'node:os';
import {
  AreModelEndpoints,
  MODEL_ENDPOINTS_ENV,
  ServiceConfig,
  type ServiceConfigType,
  WholeNumber,
} from '@srvau/service';
import { IsOptional, IsString } from 'class-validator';

const TIB = 2 ** 40;

/** Variables of the dataset service beside those that every service has. */
export class DatasetConfig extends ServiceConfig {
  /** Without it `frames` in the state directory. */
  @IsOptional()
  @IsString()
  frameCacheDir?: string;

  @WholeNumber(0, 1024 * TIB)
  frameCacheBytes: number = 20 * 2 ** 30;

  @AreModelEndpoints()
  modelEndpoints: string[] = ['loopback'];

  @WholeNumber(1, 1024)
  videoConcurrency: number = availableParallelism();
}

export const DATASET_ENV: ServiceConfigType<DatasetConfig>['env'] = {
  frameCacheDir: {
    name: 'SRVAU_FRAME_CACHE_DIR',
    kind: 'string',
    doc: 'directory of the frame cache; frames/ in SRVAU_HOME without it',
  },
  frameCacheBytes: {
    name: 'SRVAU_FRAME_CACHE_BYTES',
    kind: 'number',
    doc: 'size of the frame cache beyond which what was used longest ago goes',
  },
  modelEndpoints: MODEL_ENDPOINTS_ENV,
  videoConcurrency: {
    name: 'SRVAU_VIDEO_CONCURRENCY',
    kind: 'number',
    doc: 'videos of one job decoded at once; one for each core without it',
  },
};
