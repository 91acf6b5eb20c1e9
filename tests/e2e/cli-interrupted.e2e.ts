import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetRow, IngestSummary, JobRecord } from '@srvau/contracts';
import { CliHome, type CliResult, type CliRun } from './support/cli';
import { GatedVideos } from './support/gated-videos';
import { killHard } from './support/service-process';

jest.setTimeout(240_000);

let home: CliHome;
let gated: GatedVideos;
beforeEach(async () => {
  home = await CliHome.create();
  gated = await GatedVideos.create(home.dir);
});
afterEach(() => home.remove());

const ingest = (...more: string[]): string[] => [
  ...[
    'dataset',
    'ingest',
    '--annotations',
    gated.annotations,
    '--videos',
    gated.videos,
    '--out',
    'd',
    '--json',
    ...more,
  ],
];
const jobs = async (): Promise<JobRecord[]> => (await home.json<{ jobs: JobRecord[] }>(['jobs', 'ls'])).jobs;

async function startIngest(): Promise<CliRun> {
  const run = home.start(ingest(), gated.env);
  await gated.underWay(join(home.dir, 'd'));
  return run;
}

async function expectWholeDataset({ code, stdout, stderr }: CliResult): Promise<void> {
  if (code !== 0) throw new Error(`expected exit code 0, received ${code}:\n${stderr}`);
  const { count } = gated;
  expect(JSON.parse(stdout) as IngestSummary).toMatchObject({ rows: count, videosFound: count, videosMissing: 0 });
  const lines = (await readFile(join(home.dir, 'd/manifest.jsonl'), 'utf8')).trimEnd().split('\n');
  const names = lines.map((line) => (JSON.parse(line) as DatasetRow).video);
  expect(names).toHaveLength(count);
  expect(new Set(names).size).toBe(count);
}

describe('srvau dataset ingest, disturbed', () => {
  it('goes on where it was after kill −9 of the command, which takes its service and NATS along', async () => {
    const first = await startIngest();
    first.child.kill('SIGKILL');
    await first.ended;
    await home.quiet();

    await gated.open();
    const second = await home.run(ingest(), gated.env);
    await expectWholeDataset(second);
    // The very job of the killed command went on.
    expect(second.stderr).toMatch(/has been submitted before/);
    expect(await jobs()).toHaveLength(1);
    await home.quiet();
  });

  it('goes on by itself after kill −9 of the service', async () => {
    const run = await startIngest();
    killHard(await home.servicePid('dataset'));
    await run.says(/the dataset service ended \(SIGKILL\); starting it again/);
    await gated.open();
    const result = await run.ended;
    await expectWholeDataset(result);
    expect(result.stderr).toMatch(/running, attempt 2 of 5/);
    await home.quiet();
  });

  it('goes on after kill −9 of everything', async () => {
    const first = await startIngest();
    await home.killAll();
    await first.ended;
    await gated.open();
    const second = await home.run(ingest(), gated.env);
    await expectWholeDataset(second);
    await home.quiet();
  });

  it('is one job in two terminals, which outlives the command that started it', async () => {
    const first = await startIngest();
    const second = home.start(ingest(), gated.env);
    await second.says(/has been submitted before; following it/);
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 143, stdout: '' });
    await gated.open();
    await expectWholeDataset(await second.ended);
    expect(await jobs()).toHaveLength(1);
    await home.quiet();
  });

  it('is one job when typed twice at the same moment', async () => {
    await gated.open();
    const both = await Promise.all([home.run(ingest(), gated.env), home.run(ingest(), gated.env)]);
    for (const result of both) await expectWholeDataset(result);
    // One is late enough, at times, to find the other's job over: then it has looked at the inputs again.
    const records = await jobs();
    expect(records.every(({ state }) => state === 'succeeded')).toBe(true);
    expect(records.length).toBeLessThanOrEqual(2);
  });

  it('refuses other options for a directory that is being written, and names the job', async () => {
    const first = await startIngest();
    const other = await home.run(ingest('--fps', '2'), gated.env);
    expect({ code: other.code, stdout: other.stdout }).toEqual({ code: 1, stdout: '' });
    const { error } = JSON.parse(other.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe('CONFLICT');
    expect(error.message).toContain((await jobs())[0]?.id);
    await gated.open();
    expect((await first.ended).code).toBe(0);
  });

  it('is cancelled by Ctrl-C, and goes on when typed again', async () => {
    const first = await startIngest();
    first.child.kill('SIGINT');
    const cancelled = await first.ended;
    expect({ code: cancelled.code, stdout: cancelled.stdout }).toEqual({ code: 130, stdout: '' });
    expect(cancelled.stderr).toMatch(/cancelling job/);
    expect(cancelled.stderr).toMatch(/goes on from what is done/);
    await home.quiet();
    expect(await jobs()).toMatchObject([{ state: 'cancelled' }]);

    await gated.open();
    const second = await home.run(ingest(), gated.env);
    await expectWholeDataset(second);
    expect((await jobs()).map(({ state }) => state)).toEqual(['succeeded', 'cancelled']);
  });

  it('is left as it is by a second Ctrl-C, and ends as one dataset when typed again', async () => {
    const first = await startIngest();
    first.child.kill('SIGINT');
    await first.says(/cancelling job/);
    first.child.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 130, stdout: '' });
    await home.quiet();
    await gated.open();
    const second = await home.run(ingest(), gated.env);
    await expectWholeDataset(second);
  });
});
