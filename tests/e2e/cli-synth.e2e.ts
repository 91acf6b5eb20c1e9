import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IngestSummary } from '@srvau/contracts';
import { CliHome, type CliRun } from './support/cli';
import { eventually } from './support/eventually';

jest.setTimeout(240_000);

let home: CliHome;
beforeEach(async () => (home = await CliHome.create()));
afterEach(() => home.remove());

const synth = (out: string, n: number, ...more: string[]): string[] => [
  ...['synth', '--n', String(n), '--out', out, '--size', '57', '--fps', '4', '--seconds', '8', ...more],
];

const videos = async (out: string): Promise<string[]> => {
  const names = await readdir(join(home.dir, out, 'videos')).catch((): string[] => []);
  return names.filter((name) => name.endsWith('.mp4') && !name.startsWith('.'));
};

/** Starts a run and waits until some of its clips are there. */
async function underWay(out: string, n: number): Promise<CliRun> {
  const run = home.start(synth(out, n, '--workers', '2'));
  await eventually('the first clips', async () => (await videos(out)).length > 0, 120_000);
  return run;
}

async function hashes(out: string): Promise<Record<string, string>> {
  const root = join(home.dir, out);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files.map(async (path) => {
    const hash = createHash('sha256').update(await readFile(path));
    return [path.slice(root.length + 1), hash.digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

describe('srvau synth', () => {
  it('goes on after kill −9, and in the end has the bytes of a run that was left alone', async () => {
    const run = await underWay('killed', 90);
    run.child.kill('SIGKILL');
    await run.ended;
    expect(await readdir(join(home.dir, 'killed'))).not.toContain('synth.json');
    const again = await home.json<{ reused: number; clips: number }>(synth('killed', 90));
    expect(again.clips).toBe(90);
    expect(again.reused).toBeGreaterThan(0);
    await home.json(synth('alone', 90, '--workers', '1'));
    expect(await hashes('killed')).toEqual(await hashes('alone'));
  });

  it('stops on Ctrl-C without half a clip, and refuses to go on with other settings', async () => {
    const run = await underWay('stopped', 200);
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    const left = await readdir(join(home.dir, 'stopped/videos'));
    expect(left.filter((name) => name.startsWith('.part-'))).toEqual([]);
    const other = await home.run(synth('stopped', 200, '--seed', '9'));
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('of other seed');
  });

  it('makes what dataset ingest takes, as CSV and as JSON lines, without leaving anything out', async () => {
    await home.json(synth('clips', 12));
    for (const form of ['csv', 'jsonl']) {
      const summary = await home.json<IngestSummary>([
        ...['dataset', 'ingest', '--annotations', `clips/annotations/train.${form}`],
        ...['--videos', 'clips/videos', '--out', `dataset-${form}`],
      ]);
      expect(summary.rows).toBeGreaterThan(10);
      expect(summary).toMatchObject({ qaEligible: summary.rows, groundingEligible: summary.rows, exclusions: {} });
    }
  });

  it('says what the questions give away', async () => {
    await home.json(synth('clips', 12));
    const check = await home.json<Record<'blind' | 'seeing', Record<string, unknown>>>(['synth', 'check', 'clips']);
    expect(check.blind['logit']).toMatchObject({ total: 24 });
    expect(check.seeing['video']).toMatchObject({ total: 4 });
    const missing = await home.run(['synth', 'check', 'nowhere']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('expected a finished directory with synth.json, received none');
  });
});
