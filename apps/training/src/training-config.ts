import { ServiceConfig, type ServiceConfigType, WholeNumber } from '@srvau/service';

const DAY_MS = 24 * 3600 * 1000;

/** Variables of the training service, which its ranks read too, beside those that every service has. */
export class TrainingConfig extends ServiceConfig {
  @WholeNumber(1_000, DAY_MS)
  rankTimeoutMs: number = 30 * 60 * 1000;
}

export const TRAINING_ENV: ServiceConfigType<TrainingConfig>['env'] = {
  rankTimeoutMs: {
    name: 'SRVAU_TRAINING_RANK_TIMEOUT_MS',
    kind: 'number',
    doc: 'how long ranks wait for each other in an exchange, their computing included, in ms',
  },
};
