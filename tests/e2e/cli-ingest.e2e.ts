import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetRow } from '@srvau/contracts';
import { CliHome } from './support/cli';
import { CCTV } from './support/gated-videos';

jest.setTimeout(180_000);

const SUMMARY_KEYS = [
  ...['rows', 'qaEligible', 'groundingEligible', 'normal', 'videosFound', 'videosMissing', 'exclusions', 'out'],
];

let home: CliHome;
beforeEach(async () => (home = await CliHome.create()));
afterEach(() => home.remove());

const ingest = (out: string, ...more: string[]): string[] => [
  ...['dataset', 'ingest', '--annotations', join(CCTV, 'annotations.csv'), '--videos', CCTV, '--out', out, ...more],
];

describe('srvau dataset ingest', () => {
  it('ends with one JSON object on standard output, also when typed again, and leaves nothing running', async () => {
    const first = await home.run(ingest('made here', '--json'));
    expect(first).toMatchObject({ code: 0 });
    const summary = JSON.parse(first.stdout) as Record<string, unknown>;
    expect(Object.keys(summary)).toEqual(SUMMARY_KEYS);
    expect(summary).toMatchObject({ out: join(home.dir, 'made here'), videosFound: 3, videosMissing: 1 });
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(first.stderr).toMatch(/job \S+ succeeded/);

    const again = await home.run(ingest('made here', '--json'));
    expect(again).toMatchObject({ code: 0, stdout: first.stdout });
    await home.quiet();

    const manifest = await readFile(join(home.dir, 'made here/manifest.jsonl'), 'utf8');
    const rows = manifest
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as DatasetRow);
    expect(rows).toHaveLength(summary['rows'] as number);
  });

  it('prints a table for people, and shows the dataset', async () => {
    const made = await home.run(ingest('d'));
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(/^rows +6\n/);
    expect(made.stdout).toMatch(/1 {2}video:missing\n/);
    expect(made.stdout).not.toContain('\u001b');

    const shown = await home.run(['dataset', 'show', 'd']);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/class Object_moving +3 +0 +3 +2 +2\n/);
    expect(shown.stdout).toMatch(/first rows\n {2}path_walkers\.mp4/);

    const { dataset, statistics, sample } = await home.json<Record<string, unknown>>([
      'dataset',
      'show',
      'd',
      '--limit',
      '2',
    ]);
    expect(dataset).toBe(join(home.dir, 'd'));
    expect(statistics).toMatchObject({ all: { rows: 6 } });
    expect(sample).toHaveLength(2);
  });

  it('says which input is missing, at once, and makes nothing', async () => {
    const { code, stdout, stderr } = await home.run([
      ...['dataset', 'ingest', '--annotations', 'no.csv', '--videos', 'no-videos', '--out', 'd', '--json'],
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const { error } = JSON.parse(stderr) as { error: { code: string; details: { field: string; received: string }[] } };
    expect(error.code).toBe('NOT_FOUND');
    expect(error.details).toEqual([
      { field: '--annotations', expected: 'a file', received: `${join(home.dir, 'no.csv')}, which does not exist` },
      { field: '--videos', expected: 'a folder', received: `${join(home.dir, 'no-videos')}, which does not exist` },
    ]);
    await home.quiet();
  });

  it('ends with 1 and the reason when the job fails', async () => {
    const strict = await home.run(ingest('strict', '--strict'));
    expect({ code: strict.code, stdout: strict.stdout }).toEqual({ code: 1, stdout: '' });
    expect(strict.stderr).toMatch(/error: job \S+ failed: .*missing/);
    expect(strict.stderr).not.toMatch(/\n\s+at /);

    await writeFile(join(home.dir, 'bad.csv'), 'Video Name,Question\na.mp4,What?\n');
    const bad = await home.run([
      ...['dataset', 'ingest', '--annotations', 'bad.csv', '--videos', CCTV, '--out', 'bad', '--json'],
    ]);
    expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 1, stdout: '' });
    const lastLine = bad.stderr.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(lastLine)).toMatchObject({ error: { code: 'UNPROCESSABLE' } });
    expect(lastLine).toContain('Anomaly Class');
    await home.quiet();
  });

  it('refuses a directory that holds something else, naming it', async () => {
    await mkdir(join(home.dir, 'mine'));
    await writeFile(join(home.dir, 'mine/thesis.tex'), 'years of work');
    const { code, stderr } = await home.run(ingest('mine'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/thesis\.tex/);
    expect(await readFile(join(home.dir, 'mine/thesis.tex'), 'utf8')).toBe('years of work');
  });

  it.each([
    ['an option that is missing', ['dataset', 'ingest', '--annotations', 'a.csv'], /--videos/],
    ['a value out of range', ingest('d', '--fps', '1000'), /fps: expected .*60/],
    ['a URI of another scheme', ingest('https://x/d'), /--out: expected a path/],
    ['a place that cannot be written', ingest('s3://bucket/d'), /out: expected a file:\/\/\//],
    ['a typing error', ['dataset', 'imgest'], /Did you mean ingest\?/],
    ['no subcommand', ['dataset'], /Usage: srvau dataset/],
    ['a job id that is none', ['jobs', 'show', '../../etc'], /ID: expected a job id/],
    ['an unknown kind of job', ['jobs', 'ls', '--kind', 'nope'], /--kind: expected one of dataset\.ingest/],
  ])('%s is wrong usage, and starts nothing', async (_, args, message) => {
    const { code, stdout, stderr } = await home.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await home.processes()).toEqual([]);
  });
});
