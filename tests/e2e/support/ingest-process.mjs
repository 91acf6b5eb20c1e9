// One ingest as a process of its own, to be killed. Argument: JSON with request, fileRoot and cache. It writes a line of
// JSON for each step: {"event":"ready"}, {"event":"progress",…}, {"event":"sampling","file"}, {"event":"done","summary"}.
import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { silentLog } from '@srvau/contracts';
import { ArtifactStore } from '@srvau/storage';
import { FrameCache } from '@srvau/video';
import { ingestDataset } from '../../../apps/dataset/dist/ingest/ingest.js';

const { request, fileRoot, cache } = JSON.parse(process.argv[2] ?? '{}');
/** Written at once: what a killed process still held in a buffer would be lost. */
const tell = (/** @type {object} */ event) => writeSync(1, `${JSON.stringify(event)}\n`);

class WatchedCache extends FrameCache {
  /** @type {FrameCache['sample']} */
  sample(file, options) {
    tell({ event: 'sampling', file: basename(file) });
    return super.sample(file, options);
  }
}

tell({ event: 'ready' });
const summary = await ingestDataset(request, {
  store: new ArtifactStore({ fileRoots: [fileRoot], s3: false }),
  frames: new WatchedCache(cache),
  signal: new AbortController().signal,
  progress: (progress) => tell({ event: 'progress', ...progress }),
  log: silentLog,
  concurrency: 2,
});
tell({ event: 'done', summary });
