import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh directory for each test of the file that calls this, removed after it. Returns a getter of its path. */
export function useTempDir(): () => string {
  let dir = '';
  beforeEach(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), 'srvau storage ')));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  return () => dir;
}
