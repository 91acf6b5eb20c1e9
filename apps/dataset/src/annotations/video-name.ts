import { describe } from '@srvau/contracts';

const MAX_CHARS = 1024;
// The C0 control characters and DEL: no file of a benchmark has them, a row out of step with its columns may.
const CONTROL = new RegExp(`[${String.fromCharCode(0)}-${String.fromCharCode(0x1f)}${String.fromCharCode(0x7f)}]`);

/**
 * Says why an annotated name cannot be that of a video; null when it can: a relative path with `/` between its parts.
 * Names are only ever compared with names in a listing; refusing the rest keeps a hostile one out of the dataset's files.
 */
export function videoNameFault(name: string): string | null {
  if (name === '') return 'expected a file name, received an empty text';
  const received = describe(name);
  if (name.length > MAX_CHARS) return `expected at most ${MAX_CHARS} characters, received ${received}`;
  if (CONTROL.test(name)) return `expected no control characters, received ${received}`;
  if (/\p{Surrogate}/u.test(name)) return `expected well-formed Unicode, received ${received}`;
  if (name.includes('\\')) return `expected "/" between folders, received ${received}`;
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) return `expected a relative path, received ${received}`;
  const parts = name.split('/');
  if (parts.includes('..')) return `expected a path without "..", received ${received}`;
  if (parts.includes('.') || parts.includes('')) return `expected a path without empty parts, received ${received}`;
  return null;
}
