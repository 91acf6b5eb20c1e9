/** The `code` of a Node system error (`ENOENT`, `EACCES` …), or undefined for any other thrown value. */
export function errnoOf(error: unknown): string | undefined {
  // By shape: under a test runner with realms of its own, system errors are not of this realm's Error.
  if (error === null || typeof error !== 'object' || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
