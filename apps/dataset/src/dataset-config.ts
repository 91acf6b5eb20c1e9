import { availableParallelism } from 'node:os';
import { ServiceConfig, type ServiceConfigType, WholeNumber } from '@srvau/service';
import { IsArray, IsOptional, IsString, Matches } from 'class-validator';

const TIB = 2 ** 40;

/** Variables of the dataset service beside those that every service has. */
export class DatasetConfig extends ServiceConfig {
  /** Without it `frames` in the state directory. */
  @IsOptional()
  @IsString()
  frameCacheDir?: string;

  @WholeNumber(0, 1024 * TIB)
  frameCacheBytes: number = 20 * 2 ** 30;

  @IsArray()
  @Matches(/^(\*|loopback|https?:\/\/[^\s@]+)$/, {
    each: true,
    message:
      'modelEndpoints must be http:// or https:// URLs without user and password, loopback or *, with spaces between them',
  })
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
  modelEndpoints: {
    name: 'SRVAU_MODEL_ENDPOINTS',
    kind: 'list',
    separator: ' ',
    doc: 'base URLs that openai: models may be at, " " between them; loopback for this machine, * for all',
  },
  videoConcurrency: {
    name: 'SRVAU_VIDEO_CONCURRENCY',
    kind: 'number',
    doc: 'videos of one job decoded at once; one for each core without it',
  },
};
