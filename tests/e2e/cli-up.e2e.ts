import { mkdtemp, rm } from 'node:fs/promises';
import { copyFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type JobAccepted, type JobRecord, SERVICES } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { CliHome, type CliRun } from './support/cli';
import { eventually } from './support/eventually';
import { CCTV, GatedVideos } from './support/gated-videos';
import { killHard } from './support/service-process';

jest.setTimeout(240_000);

interface Up {
  nats: string;
  services: { service: string; pid: number; http: string; log: string }[];
}

let home: CliHome;
beforeEach(async () => (home = await CliHome.create()));
afterEach(() => home.remove());

async function startUp(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<{ run: CliRun; up: Up }> {
  const run = home.start(['up', '--port-base', '0', '--json', ...args], env);
  await eventually('services are up', () => run.stdout.includes('\n') || run.child.exitCode !== null, 120_000);
  return { run, up: JSON.parse(run.stdout.split('\n')[0] ?? '') as Up };
}

const ingest = (out: string, ...more: string[]): string[] => [
  ...['dataset', 'ingest', '--annotations', join(CCTV, 'annotations.csv'), '--videos', CCTV, '--out', out, ...more],
];

describe('srvau up', () => {
  it('runs every service until Ctrl-C, and drains them then', async () => {
    const { run, up } = await startUp();
    expect(up.services.map(({ service }) => service)).toEqual([...SERVICES]);
    for (const { http } of up.services) expect((await fetch(`${http}/readyz`)).status).toBe(200);

    const second = await home.run(['up', '--services', 'dataset', '--port-base', '0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/services already run in this state directory .*: dataset/);

    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 0 });
    await home.quiet();
  });

  it('starts a service again that died, and other commands use the one that runs', async () => {
    const { run, up } = await startUp(['--services', 'dataset']);
    const [dataset] = up.services;
    killHard(dataset?.pid);
    const pid = await home.servicePid('dataset', dataset?.pid);
    await eventually('it says so', () => run.stdout.includes(`"pid":${pid}`), 120_000);

    expect((await home.run(ingest('d'))).code).toBe(0);
    const running = (await home.processes()).filter(({ command }) => command.includes('apps/dataset/dist/main.js'));
    expect(running.map((process) => process.pid)).toEqual([pid]);

    const accepted = await home.json<JobAccepted>(ingest('e', '--detach'));
    expect(accepted.created).toBe(true);
    const watched = await home.run(['jobs', 'watch', accepted.jobId, '--json']);
    expect(watched.code).toBe(0);
    const records = watched.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JobRecord);
    expect(records.at(-1)).toMatchObject({ id: accepted.jobId, state: 'succeeded' });
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    await home.quiet();
  });

  it('stops with the message of a service that does not start, and starts none of the others', async () => {
    const { code, stdout, stderr } = await home.run(['up', '--port-base', '0'], { SRVAU_JOB_LEASE_MS: 'soon' });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/SRVAU_JOB_LEASE_MS: expected .*, received "soon"/);
    await home.quiet();
  });
});

describe('srvau jobs', () => {
  it('shows, cancels, resumes and watches', async () => {
    const gated = await GatedVideos.create(home.dir);
    const { run } = await startUp(['--services', 'dataset'], gated.env);
    const { jobId } = await home.json<JobAccepted>([
      ...['dataset', 'ingest', '--annotations', gated.annotations, '--videos', gated.videos, '--out', 'd', '--detach'],
    ]);
    await gated.underWay(join(home.dir, 'd'));
    expect(await home.json(['jobs', 'show', jobId])).toMatchObject({ id: jobId, state: 'running', attempt: 1 });
    expect((await home.run(['jobs', 'resume', jobId])).code).toBe(1);

    const watching = home.start(['jobs', 'watch', jobId]);
    await watching.says(/job \S+ running/);
    expect((await home.run(['jobs', 'cancel', jobId])).code).toBe(0);
    const watched = await watching.ended;
    expect(watched.code).toBe(1);
    expect(watched.stderr).toMatch(/error: job \S+ was cancelled/);
    const twice = await home.run(['jobs', 'cancel', jobId]);
    expect(twice.code).toBe(1);
    expect(twice.stderr).toMatch(/expected a queued or running job, received one that is cancelled/);

    await gated.open();
    const resumed = await home.run(['jobs', 'resume', jobId, '--watch']);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/succeeded in/) });
    expect((await home.run(['jobs', 'ls', '--state', 'succeeded'])).stdout).toContain(jobId);
    expect((await home.run(['jobs', 'ls', '--state', 'failed', '--json'])).stdout).toBe('{"jobs":[]}\n');

    const unknown = await home.run(['jobs', 'show', 'no-such-job', '--json']);
    expect({ code: unknown.code, stdout: unknown.stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    run.child.kill('SIGINT');
    await run.ended;
    await home.quiet();
  });

  it('needs somebody to leave a detached job to', async () => {
    const { code, stderr } = await home.run(ingest('d', '--detach'));
    expect(code).toBe(69);
    expect(stderr).toMatch(/srvau up/);
  });
});

describe('srvau with SRVAU_NATS_URL', () => {
  it('starts nothing, and says who is missing and how to start it', async () => {
    const nats = await NatsServerProcess.start({ dir: join(home.dir, 'other nats') });
    const env = { SRVAU_NATS_URL: nats.url.replace('//', '//somebody:secret@') };
    try {
      const empty = await home.run(['jobs', 'ls'], env);
      expect(empty.code).toBe(69);
      expect(empty.stderr).toMatch(/expected the job streams of a service that has run on this NATS server/);

      const { run } = await startUp(['--services', 'reward'], env);
      const alone = await home.run(ingest('d'), env);
      expect(alone.code).toBe(69);
      expect(alone.stderr).toMatch(/the dataset service does not answer on nats:\/\/127.* srvau up --services dataset/);
      expect(alone.stderr).not.toContain('secret');
      run.child.kill('SIGINT');
      expect((await run.ended).code).toBe(0);
    } finally {
      await nats.stop();
    }
    const away = await home.run(['jobs', 'ls'], env);
    expect(away.code).toBe(69);
    expect(away.stderr).toMatch(/no NATS server answers at nats:\/\/127\.0\.0\.1:\d+ \(SRVAU_NATS_URL\) within 5 s/);
    await home.quiet();
  });

  it('calls a wrong address a wrong configuration', async () => {
    const { code, stderr } = await home.run(['jobs', 'ls'], { SRVAU_NATS_URL: 'localhost' });
    expect(code).toBe(78);
    expect(stderr).toMatch(/SRVAU_NATS_URL: expected nats:\/\/host:port/);
  });
});

describe('srvau', () => {
  it('checks the machine in the fixed form', async () => {
    const { code, stdout } = await home.run(['doctor', '--json']);
    const report = JSON.parse(stdout) as { ok: boolean; checks: object[] };
    expect(Object.keys(report)).toEqual(['ok', 'checks']);
    for (const check of report.checks) expect(Object.keys(check)).toEqual(['name', 'ok', 'found', 'wanted', 'fix']);
    expect(code).toBe(report.ok ? 0 : 1);
  });

  it('ends quietly when the reader of its output goes away', async () => {
    expect((await home.run(ingest('d'))).code).toBe(0);
    const run = home.start(['dataset', 'show', 'd', '--json']);
    run.child.stdout?.destroy();
    expect(await run.ended).toMatchObject({ code: 141, stderr: '' });
  });

  it('says what to do when it is not built', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'srvau unbuilt '));
    try {
      mkdirSync(join(dir, 'bin'));
      copyFileSync(resolve(__dirname, '../../apps/cli/bin/srvau.mjs'), join(dir, 'bin/srvau.mjs'));
      await expect(promisify(execFile)(process.execPath, [join(dir, 'bin/srvau.mjs')])).rejects.toMatchObject({
        code: 78,
        stderr: expect.stringContaining('npm run setup'),
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
