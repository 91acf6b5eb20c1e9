import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abandonRun } from './abandon-run';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'srvau-abandon-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const OWN = ['run.json', 'metrics.jsonl', 'timings.jsonl', 'events.jsonl', 'events.out.tfevents.17.host'];
const OTHERS = ['.srvau.lock', 'notes.txt', 'old-run.json'];
const { signal } = new AbortController();

function write(...names: readonly string[]): void {
  for (const name of names) writeFileSync(join(dir, name), '');
}

it('takes away what a run wrote of itself, and nothing else', async () => {
  write(...OWN, ...OTHERS);
  await abandonRun({ dir, signal });
  expect(readdirSync(dir).sort()).toEqual(OTHERS);
});

it('takes its folders away too, with the samples of steps that no checkpoint came after', async () => {
  for (const folder of ['samples', 'checkpoints']) mkdirSync(join(dir, folder));
  write(...OWN, ...OTHERS, 'samples/step-000001.parquet', 'samples/step-000001-rank-1.parquet');
  await abandonRun({ dir, signal });
  expect(readdirSync(dir).sort()).toEqual(OTHERS);
});

it('leaves a folder in which somebody else has put something', async () => {
  for (const folder of ['samples', 'checkpoints']) mkdirSync(join(dir, folder));
  const notes = ['samples/notes.txt', 'checkpoints/notes.txt'];
  write('run.json', 'samples/step-000001.parquet', ...notes);
  await abandonRun({ dir, signal });
  expect(readdirSync(dir, { recursive: true }).sort()).toEqual(['checkpoints', 'samples', ...notes].sort());
});

it("touches nothing once the run may be another process's", async () => {
  write(...OWN);
  await abandonRun({ dir, signal: AbortSignal.abort() });
  expect(readdirSync(dir).sort()).toEqual([...OWN].sort());
});
