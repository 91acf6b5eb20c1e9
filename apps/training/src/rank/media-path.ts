import { join } from 'node:path';
import type { MediaPath } from '@srvau/models';
import type { ArtifactStore } from '@srvau/storage';

/** Videos as this process may read them: files below its roots, and copies of S3 objects in its state directory. */
export function mediaPathOf(store: ArtifactStore, home: string): MediaPath {
  const copies = join(home, 'training-videos');
  return ({ uri }, signal) => store.localCopy(uri, copies, { signal });
}
