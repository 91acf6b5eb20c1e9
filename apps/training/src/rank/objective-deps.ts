import type { TrainConfig } from '@srvau/contracts';
import type { ServiceClient } from '@srvau/messaging';
import type { MediaPath } from '@srvau/models';
import type { Device, Dtype } from '@srvau/native';
import type { TrainingRun } from '../run/run';
import type { RankContext } from './rank-context';

/** Real local paths of what a request names by URI. */
export interface TrainPaths {
  /** Checkpoint that the run began with; one that goes on takes its weights from `run.resume`. */
  readonly model: string;
  /** D_reflect. */
  readonly data: string;
  readonly out: string;
}

/** What an objective is made of. */
export interface ObjectiveDeps<C extends TrainConfig> {
  readonly config: C;
  readonly paths: TrainPaths;
  readonly run: TrainingRun;
  readonly context: RankContext;
  readonly device: Device;
  readonly dtype: Dtype;
  /** Reads videos under this process's own rules on which files may be served. */
  readonly mediaPath: MediaPath;
  /** Connects with its first use. */
  readonly services: ServiceClient;
}
