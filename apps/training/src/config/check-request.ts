import { type GrpoConfig, type SftConfig, SrvauError, type TrainingKind, type TrainRequest } from '@srvau/contracts';
import { type ArtifactStore, fileUri, fromFileError } from '@srvau/storage';
import { checkData } from './check-data';
import { checkModel } from './check-model';
import { checkOut } from './check-out';
import { checkpointBytes, requireSpace } from './disk-space';

/** What a request has to say to a run that has begun in its `out`. */
export interface OfBegun {
  /** There must be one, and it must be the request's. */
  readonly resume: boolean;
  /** There may be one, which is compared with the request elsewhere. */
  readonly mayBeOurs: boolean;
}

/**
 * Refuses what cannot work before a job is made of it, as far as a look at names and small files tells. Nothing is written; rank
 * 0 of each attempt looks again, since it may run much later.
 *
 * @param begun by default what the request says. One that is sent again gets the same job, whose run it may be.
 * @throws SrvauError whose details name the field of the request: FORBIDDEN (outside the file roots), NOT_FOUND, UNPROCESSABLE
 *   (no checkpoint, one of another architecture, no D_reflect, a disk too small), CONFLICT (`out` holds something else)
 */
export async function checkTrainRequest(
  kind: TrainingKind,
  request: TrainRequest,
  config: SftConfig | GrpoConfig,
  store: ArtifactStore,
  begun: OfBegun = { resume: request.resume === true, mayBeOurs: request.idempotencyKey !== undefined },
): Promise<void> {
  const shape = await inField('model', request.model, store, checkModel);
  await inField('data', request.data, store, checkData);
  await inField('out', request.out, store, async (dir) => {
    const run = await checkOut(dir, { kind, config, ...begun });
    await requireSpace(dir, checkpointBytes(shape, config.compute), config.checkpoints, run !== null);
  });
}

/** Callers look for a field of their request, not for a path. */
async function inField<T>(
  field: string,
  uri: string,
  store: ArtifactStore,
  check: (path: string) => Promise<T>,
): Promise<T> {
  try {
    const path = await store.resolveLocal(uri);
    return await check(path).catch((error: unknown) => Promise.reject(fromFileError(error, fileUri(path))));
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    const details = error.details.map((detail) =>
      /^(config|kind)\b/.test(detail.field) ? detail : { ...detail, field },
    );
    throw new SrvauError(error.code, `${field}: ${error.message}`, { details, cause: error });
  }
}
