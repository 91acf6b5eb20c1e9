import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The starting checkpoint and the data that a run is recorded to come from. */
export async function toyPaths(root: string): Promise<{ model: string; data: string }> {
  const paths = { model: join(root, 'model'), data: join(root, 'data') };
  for (const dir of Object.values(paths)) await mkdir(dir, { recursive: true });
  await writeFile(join(paths.model, 'config.json'), '{}');
  await writeFile(join(paths.data, 'records.jsonl'), '');
  return paths;
}
