import { inField, type IngestRequest, SrvauError } from '@srvau/contracts';
import { type ArtifactStore, parseArtifactUri } from '@srvau/storage';
import { DatasetDirectory } from './ingest/dataset-directory';

/**
 * Refuses what cannot work before a job is made of it, as far as a look at names tells. Nothing is read and nothing
 * written: the job itself looks again, since it may run much later.
 *
 * @throws SrvauError whose details name the field of the request: INVALID_REQUEST or FORBIDDEN (not a URI that this service may
 *   use), NOT_FOUND, UNPROCESSABLE (a directory where a file is expected, and the like), CONFLICT (`out` holds something else).
 */
export async function checkIngestRequest(request: IngestRequest, store: ArtifactStore): Promise<void> {
  await inField('annotations', () => expectKind(store, request.annotations, 'file'));
  await inField('videos', () => expectKind(store, request.videos, 'directory'));
  await inField('out', async () => {
    await new DatasetDirectory(await store.resolveLocal(request.out)).state();
  });
}

async function expectKind(store: ArtifactStore, uri: string, kind: 'file' | 'directory'): Promise<void> {
  // A look at S3 is a request that may take longer than our caller waits.
  if (parseArtifactUri(uri).scheme === 's3') return;
  const found = await store.stat(uri);
  if (found.kind === kind) return;
  throw SrvauError.mismatch('UNPROCESSABLE', uri, `a ${kind}`, `a ${found.kind}`);
}
