import { inField } from '@srvau/contracts';
import type { ArtifactStore } from '@srvau/storage';
import type { ModelPool } from './model-pool';
import { nativeDirectory, resolveModel } from './model-uris';

const CHECK_MS = 10_000;

/**
 * Refuses a model that cannot be asked, before a job is made of the request, as far as a look at names tells.
 * @param field of the request that names it
 * @throws SrvauError whose details name the field: INVALID_REQUEST, FORBIDDEN, NOT_FOUND, UNPROCESSABLE
 */
export async function checkModel(
  field: string,
  given: string,
  { store, models }: { store: ArtifactStore; models: ModelPool },
): Promise<void> {
  await inField(field, async () => {
    const uri = await resolveModel(given, field, store);
    // Weights are for the workers to load; opening one of the others costs nothing, and asks whether it may be named.
    if (nativeDirectory(uri) === undefined) await models.identify(uri, AbortSignal.timeout(CHECK_MS));
  });
}
