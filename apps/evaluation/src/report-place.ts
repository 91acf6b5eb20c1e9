import { join } from 'node:path';
import { artifactOptions } from '@srvau/service';
import { ArtifactStore, fileUri, joinUri, parseArtifactUri } from '@srvau/storage';
import type { EvaluationConfig } from './evaluation-config';

/** Where reports lie. Operators say so, not requests: the file roots of requests need not hold it. */
export class ReportPlace {
  constructor(
    /** Serves this place and no other. */
    readonly store: ArtifactStore,
    /** `file:///…` or `s3://bucket/prefix`; below it each report is a folder of its name. */
    readonly uri: string,
  ) {}

  static of(config: EvaluationConfig): ReportPlace {
    const uri = config.evaluationReports ?? fileUri(join(config.home, 'reports'));
    const place = parseArtifactUri(uri);
    const fileRoots = place.scheme === 'file' ? [place.path] : [];
    return new ReportPlace(new ArtifactStore({ ...artifactOptions(config), fileRoots }), uri);
  }

  /** URI of a report's folder. */
  uriOf(name: string): string {
    return joinUri(this.uri, name);
  }

  /** Path of a report's folder; undefined where reports are no local files. */
  pathOf(name: string): string | undefined {
    const place = parseArtifactUri(this.uri);
    return place.scheme === 'file' ? join(place.path, name) : undefined;
  }
}
