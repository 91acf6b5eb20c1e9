export { abortError, throwIfAborted } from './abort';
export { concurrently } from './concurrently';
export * from './artifacts/artifact-store';
export type * from './artifacts/backend';
export { fromFileError } from './artifacts/errors';
export type { S3Options } from './artifacts/s3-client';
export {
  type ArtifactUri,
  type FileUri,
  type S3Uri,
  fileUri,
  formatUri,
  joinUri,
  parseArtifactUri,
} from './artifacts/uri';
export { type FileData, writeAtomicWith, writeFileAtomic, writeJsonAtomic } from './atomic/atomic-file';
export { ensureDirectory, makeDirectories } from './atomic/durable';
export { type JsonlLogOptions, JsonlLog } from './atomic/jsonl-log';
export { removeDirectory, writeDirectoryAtomic } from './atomic/replace-directory';
export { type SweepOptions, isTemporaryName, sweepStale } from './atomic/temp-names';
export {
  type DirectoryLockOptions,
  DirectoryLock,
  isLockFileName,
  lockHolder,
  takeOverWaitMs,
} from './lock/directory-lock';
export type { LockOwner } from './lock/lock-file';
export { type JsonlFault, type ReadJsonlOptions, readJsonl, writeJsonlAtomic } from './tables/jsonl';
export {
  type ReadParquetOptions,
  type WriteParquetOptions,
  readParquet,
  scanParquet,
  writeParquet,
} from './tables/parquet';
export type { CellType, RowOf, TableSchema } from './tables/schema';
export { type Checkpoint, Checkpoints, type Retention, stepName } from './run/checkpoints';
export { type NewRun, RunDirectory } from './run/run-directory';
export { Samples, type SamplesFile } from './run/samples';
export { spelledNumber, type StepLine, StepLog } from './run/step-log';
export { RUN_SCHEMA_VERSION, RunParent, RunRecord } from './run/run-record';
export { MANIFEST_TABLE, toManifestRecord } from './dataset/manifest-table';
export {
  type Dataset,
  digestManifest,
  inspectDataset,
  readDataset,
  readDatasetExclusions,
  readDatasetRows,
  readManifest,
} from './dataset/read-dataset';
export { findVideos, resolveVideos, usableVideo, type VideoFile, type VideoResolution } from './dataset/resolve-videos';
export { errnoOf } from './errno';
