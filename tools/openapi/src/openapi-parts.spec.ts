import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const root = join(__dirname, '../../..');
const FOLDER = 'apps/evaluation/src/http/openapi';

/** In a process of its own: under jest's module loader the compiler is ten times slower. */
function check(...folders: string[]): Promise<string> {
  const args = folders.flatMap((folder) => ['--into', folder]);
  const child = spawn(process.execPath, [join(__dirname, '../write.mjs'), '--check', ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  return text(child.stderr);
}

it('are committed as the contract is now, otherwise run `npm run openapi -w @srvau/evaluation`; others are refused', async () => {
  const other = await mkdtemp(join(tmpdir(), 'openapi-'));
  try {
    await cp(join(root, FOLDER), join(other, FOLDER), { recursive: true });
    const stale = join(other, FOLDER, 'reply-schemas.json');
    await writeFile(stale, '{}');
    const told = (await check(root, other)).trim().split('\n');
    expect(told).toEqual([expect.stringContaining(`${stale}: expected requests and replies as they are now`)]);
  } finally {
    await rm(other, { recursive: true });
  }
});
