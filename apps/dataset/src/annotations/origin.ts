import type { DatasetSource, DatasetSplit } from '@srvau/contracts';

const PREFIX = /^(msad|ucf|ecva)_/i;
/** Naming habits of the three benchmarks, for the test files, whose names carry no prefix. */
const NAMING: readonly (readonly [pattern: RegExp, source: DatasetSource])[] = [
  [/_x264$/i, 'ucf'],
  [/^MSAD_/i, 'msad'],
  [/^\d+$/, 'ecva'],
];

/** What a file name says about all of its rows: `test_msad.csv` → test rows of MSAD. */
export interface FileOrigin {
  source: DatasetSource;
  split: DatasetSplit;
}

export function originOfFile(fileName: string): FileOrigin {
  const words = fileName.toLowerCase().split(/[^a-z]+/);
  const find = <T extends string>(names: Readonly<Record<string, T>>): T | undefined =>
    words.map((word) => names[word]).find((found) => found !== undefined);
  return {
    source: find<DatasetSource>({ msad: 'msad', ucf: 'ucf', ucfcrime: 'ucf', ecva: 'ecva' }) ?? 'unknown',
    split:
      find<DatasetSplit>({
        train: 'train',
        training: 'train',
        val: 'val',
        valid: 'val',
        validation: 'val',
        test: 'test',
        testing: 'test',
      }) ?? 'unknown',
  };
}

/** A prefix on the row's name wins; then what the file says; then the benchmarks' habits of naming. */
export function sourceOfRow(video: string, file: DatasetSource): DatasetSource {
  const base = video.slice(video.lastIndexOf('/') + 1);
  switch (PREFIX.exec(base)?.[1]?.toLowerCase()) {
    // `MSAD_normal_testing_1.mp4` also begins with the source's name; it says the same.
    case 'msad':
      return 'msad';
    case 'ucf':
      return 'ucf';
    case 'ecva':
      return 'ecva';
  }
  if (file !== 'unknown') return file;
  const dot = base.lastIndexOf('.');
  const stem = dot > 0 ? base.slice(0, dot) : base;
  return NAMING.find(([pattern]) => pattern.test(stem))?.[1] ?? 'unknown';
}
