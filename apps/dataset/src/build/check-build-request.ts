import { type BuildRequest, inField, SrvauError } from '@srvau/contracts';
import { checkModel, type ModelPool } from '@srvau/model-pool';
import { type ArtifactStore, inspectDataset } from '@srvau/storage';
import { BuildDirectory } from './work/build-directory';

/**
 * Refuses what cannot work before a job is made of it, as far as a look at names tells. Nothing is written; the job itself
 * looks again, since it may run much later.
 *
 * @throws SrvauError whose details name the field of the request: INVALID_REQUEST, FORBIDDEN, NOT_FOUND, UNPROCESSABLE (no
 *   dataset, one that is damaged), CONFLICT (`out` holds something else).
 */
export async function checkBuildRequest(
  request: BuildRequest,
  { store, models }: { store: ArtifactStore; models: ModelPool },
): Promise<void> {
  for (const field of ['model', 'teacher'] as const) await checkModel(field, request[field], { store, models });
  if (request.budget?.maxCostUsd !== undefined && !(request.modelPrice ?? request.teacherPrice)) {
    const expected = 'the price of a model as well (modelPrice, teacherPrice)';
    throw SrvauError.mismatch('INVALID_REQUEST', 'budget.maxCostUsd', expected, 'none');
  }
  await inField('dataset', async () => {
    await inspectDataset(await store.resolveLocal(request.dataset));
  });
  await inField('out', async () => {
    await new BuildDirectory(await store.resolveLocal(request.out)).state();
  });
}
