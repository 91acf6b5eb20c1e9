import { join } from 'node:path';
import { ArtifactStore, fileUri, joinUri } from '@srvau/storage';
import { toUri } from '../arguments/uri';
import { homeOf, type Io } from '../io';

/** Where the evaluation service of this machine keeps its reports, or where `--dir` says. */
export function reportsUri(dir: string | undefined, io: Pick<Io, 'env' | 'cwd'>): string {
  const configured = io.env['SRVAU_EVALUATION_REPORTS'];
  if (dir !== undefined) return toUri(dir, io.cwd, '--dir');
  if (configured !== undefined && configured !== '') return toUri(configured, io.cwd, 'SRVAU_EVALUATION_REPORTS');
  return fileUri(join(homeOf(io), 'reports'));
}

/** What was typed for a report: its name among the reports, or with a slash the path or URI of its directory. */
export function reportUri(typed: string, what: string, dir: string | undefined, io: Pick<Io, 'env' | 'cwd'>): string {
  if (typed.includes('/')) return toUri(typed, io.cwd, what);
  return joinUri(reportsUri(dir, io), typed);
}

/** Reads whatever this user may. S3 is reached as the services reach it. */
export function reportStore({ env }: Pick<Io, 'env'>): ArtifactStore {
  const endpoint = env['SRVAU_S3_ENDPOINT'] ?? '';
  const region = env['SRVAU_S3_REGION'] ?? '';
  const pathStyle = env['SRVAU_S3_PATH_STYLE'] ?? '';
  return new ArtifactStore({
    fileRoots: ['/'],
    s3: {
      ...(endpoint === '' ? {} : { endpoint }),
      ...(region === '' ? {} : { region }),
      ...(pathStyle === '' ? {} : { forcePathStyle: pathStyle === 'true' }),
    },
  });
}
