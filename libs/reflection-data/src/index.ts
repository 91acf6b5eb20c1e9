export {
  datasetFormatOf,
  inspectReflectDataset,
  readRecordsFile,
  readReflectRecords,
  readReflectRejects,
  scanReflectRecords,
} from './disk/read';
export { RECORDS_TABLE } from './disk/records-table';
export { type ReflectContent, writeReflectDataset, type WriteReflectOptions } from './disk/write';
export { checkRecord } from './record/check-record';
export { checkReject } from './record/check-reject';
export { makeRecord, makeReject, type RecordParts } from './record/make-record';
export { readRounds, type TranscriptRounds } from './record/rounds';
export { DEFAULT_SPLIT_RULE, planSplits, splitOfName } from './splits/plan-splits';
export { iouOf, StatisticsBuilder } from './statistics/statistics';
export { type ExportCard, exportDataset, type ExportOptions } from './export/export-dataset';
export { EXPORT_FORMATS, type ExportFormat } from './export/formats';
export { IMPORT_FORMATS, importDataset, type ImportFormat, type ImportOptions } from './import/import-dataset';
export { frameIndices, framePath } from './report/frames';
export { parentOf, type ReportOptions, type ReportSummary, writeReport } from './report/write-report';
