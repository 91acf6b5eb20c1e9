export { ingestDataset, type IngestDeps } from './ingest';
