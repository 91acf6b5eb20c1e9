export { type AdmittedRow, admitRows, exclusionOf, type RefusedRow } from './admit';
export type { Finding } from './annotation-row';
export { type FileOrigin, originOfFile } from './origin';
export { readAnnotations } from './read-annotations';
