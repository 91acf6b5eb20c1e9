import { ServiceConfig, type ServiceConfigType, WholeNumber } from '@srvau/service';

const DAY_MS = 24 * 3600 * 1000;

/** Variables of the training service, which its ranks read too, beside those that every service has. */
export class TrainingConfig extends ServiceConfig {
  @WholeNumber(1_000, DAY_MS)
  rankTimeoutMs: number = 30 * 60 * 1000;

  @WholeNumber(1_000, 7 * DAY_MS)
  stallMs: number = 2 * 3600 * 1000;

  @WholeNumber(0, Number.MAX_SAFE_INTEGER)
  videoBytes: number = 50e9;
}

export const TRAINING_ENV: ServiceConfigType<TrainingConfig>['env'] = {
  rankTimeoutMs: {
    name: 'SRVAU_TRAINING_RANK_TIMEOUT_MS',
    kind: 'number',
    doc: 'how long ranks wait for each other in an exchange, their computing included, in ms',
  },
  stallMs: {
    name: 'SRVAU_TRAINING_STALL_MS',
    kind: 'number',
    doc: 'the longest that one thing may take, such as generating for a step, until a rank counts as stuck, in ms',
  },
  videoBytes: {
    name: 'SRVAU_TRAINING_VIDEO_BYTES',
    kind: 'number',
    doc: 'how much the copies of S3 videos may take; those unused for longest are removed',
  },
};
