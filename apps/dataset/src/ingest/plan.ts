import { posix } from 'node:path';
import type { AnnotationFormat, DatasetSettings, IngestRequest } from '@srvau/contracts';
import { parseArtifactUri } from '@srvau/storage';
import { SAMPLER_VERSION } from '@srvau/video';
import { type FileOrigin, originOfFile } from '../annotations';

/** A request with every default filled in. */
export interface IngestPlan {
  annotationsUri: string;
  /** Last part of the annotations' URI; names the file in messages. */
  annotationsName: string;
  format: AnnotationFormat;
  origin: FileOrigin;
  videosUri: string;
  strict: boolean;
  settings: DatasetSettings;
}

export function planIngest(request: IngestRequest): IngestPlan {
  const parsed = parseArtifactUri(request.annotations);
  const annotationsName = posix.basename(parsed.scheme === 'file' ? parsed.path : parsed.key);
  return {
    annotationsUri: request.annotations,
    annotationsName,
    format: request.format ?? (annotationsName.toLowerCase().endsWith('.jsonl') ? 'jsonl' : 'vau-bench'),
    origin: originOfFile(annotationsName),
    videosUri: request.videos,
    strict: request.strict ?? false,
    settings: {
      fps: request.fps ?? 1,
      frameFormat: 'jpeg',
      samplerVersion: SAMPLER_VERSION,
      source: request.source ?? null,
      split: request.split ?? null,
    },
  };
}
