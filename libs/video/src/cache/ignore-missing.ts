/** For `catch`: undefined for what is not there, or not there any more. Any other error is thrown on. */
export function ignoreMissing(error: unknown): undefined {
  if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
  throw error;
}
