import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of one test; its name has a space and a letter beyond ASCII, as people's directories do. */
export interface TempHome extends AsyncDisposable {
  readonly dir: string;
}

export async function tempHome(): Promise<TempHome> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'srvau é2e ')));
  return {
    dir,
    // Processes that were told to stop may still write for a moment.
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}
