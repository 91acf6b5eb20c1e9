import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REFLECT_FILES } from '@srvau/contracts';
import { digestCheckpoint, sha256OfFile } from '@srvau/models';
import type { RunParent } from '@srvau/storage';

/** What a run is made from, by content: the starting checkpoint, and the records that it learns from. */
export async function parentsOf(
  paths: { readonly model: string; readonly data: string },
  signal: AbortSignal,
): Promise<RunParent[]> {
  const records = join(paths.data, REFLECT_FILES.recordsJsonl);
  return [
    { role: 'policy', uri: pathToFileURL(paths.model).href, digest: await digestCheckpoint(paths.model, signal) },
    {
      role: 'dataset',
      uri: pathToFileURL(paths.data).href,
      digest: `sha256:${await sha256OfFile(records, signal)}`,
    },
  ];
}
