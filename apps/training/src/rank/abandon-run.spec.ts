import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abandonRun } from './abandon-run';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'srvau-abandon-'))));
afterEach(() => rmSync(dir, { recursive: true }));

it('takes away what a run wrote of itself, and nothing else', async () => {
  const own = ['run.json', 'metrics.jsonl', 'timings.jsonl', 'events.jsonl', 'events.out.tfevents.17.host'];
  const others = ['.srvau.lock', 'notes.txt', 'old-run.json'];
  for (const name of [...own, ...others]) writeFileSync(join(dir, name), '');
  mkdirSync(join(dir, 'samples'));
  await abandonRun({ dir });
  expect(readdirSync(dir).sort()).toEqual([...others, 'samples'].sort());
});
