import { type BuildRequest, inField, SrvauError } from '@srvau/contracts';
import { type ModelPool, nativeDirectory, resolveModel } from '@srvau/model-pool';
import { type ArtifactStore, fileUri, inspectDataset } from '@srvau/storage';
import { BuildDirectory } from './work/build-directory';

const CHECK_MS = 10_000;

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
  for (const field of ['model', 'teacher'] as const) {
    await inField(field, async () => {
      const uri = await resolveModel(request[field], field, store);
      const directory = nativeDirectory(uri);
      // Weights are for the workers to load; opening one of the others costs nothing, and asks whether it may be named.
      if (directory === undefined) await models.identify(uri, AbortSignal.timeout(CHECK_MS));
      else if ((await store.stat(fileUri(directory))).kind !== 'directory') {
        throw SrvauError.mismatch('UNPROCESSABLE', directory, "a checkpoint's directory", 'a file');
      }
    });
  }
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
