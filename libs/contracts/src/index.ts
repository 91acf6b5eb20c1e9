export * from './dataset/ingest';
export * from './jobs/job';
export * from './jobs/job-requests';
export * from './validation/describe';
export * from './validation/json-schema';
export * from './validation/parse-dto';
export * from './wire/errors';
export * from './wire/subjects';
