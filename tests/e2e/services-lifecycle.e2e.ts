import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { type JobRecord, SUBJECTS } from '@srvau/contracts';
import { JobClient, NatsLink, NatsServerProcess, REQUEST_ID_HEADER, ServiceClient } from '@srvau/messaging';
import { eventually } from './support/eventually';
import { isRunning, programOf, serviceEnv, ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

const SLOW_SERVICE = join(__dirname, 'support/slow-service.mjs');
const FORK =
  "require('node:child_process').fork(process.argv[1], { stdio: 'ignore' }).on('message', (m) => console.log(m.type))";

let home: TempHome;
beforeEach(async () => {
  home = await tempHome();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
});

describe('a service whose NATS server dies', () => {
  it('says so, waits, and answers again without a restart of its own', async () => {
    const dir = join(home.dir, 'nats');
    let nats = await NatsServerProcess.start({ dir });
    const { port } = nats;
    await using service = await new ServiceProcess('training', { env: { SRVAU_NATS_URL: nats.url } }).ready();
    const link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
    const client = new ServiceClient(link);
    try {
      const before = await client.request(SUBJECTS.trainingInfo, {});
      for (let round = 0; round < 2; round += 1) {
        await nats.kill();
        expect(await service.readyz(503)).toEqual({ ready: false, reasons: ['NATS is not connected'] });
        expect((await service.http('/livez')).status).toBe(200);
        expect((await service.http('/metrics')).body).toContain('srvau_nats_connected 0');
        nats = await NatsServerProcess.start({ dir, port });
        await service.readyz(200);
        const after = await client.request(SUBJECTS.trainingInfo, {}, { timeoutMs: 30_000, retries: 100 });
        expect(after).toEqual(before);
        const jobs = await client.request(SUBJECTS.jobsList, {}, { timeoutMs: 30_000, retries: 100 });
        expect(jobs).toEqual({ jobs: [] });
      }
      await nats.kill();
      await service.readyz(503);
      // Nothing to wait for: the drain must not spend its whole time on a server that is not there.
      service.signal('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(service.log.map(({ msg }) => msg)).not.toContain('draining took too long; work under way is abandoned');
    } finally {
      await link.drain();
      await nats.kill();
    }
  });

  it('is up before NATS is, and becomes ready when NATS comes', async () => {
    const dir = join(home.dir, 'nats');
    const first = await NatsServerProcess.start({ dir });
    await first.stop();
    await using service = new ServiceProcess('evaluation', { env: { SRVAU_NATS_URL: first.url }, ipc: true });
    expect((await service.http('/livez')).status).toBe(200);
    expect(await service.readyz(503)).toEqual({ ready: false, reasons: ['starting', 'NATS is not connected'] });
    expect(service.messages).toEqual([]);
    const second = await NatsServerProcess.start({ dir, port: first.port });
    try {
      await service.readyz(200);
      const httpPort = (await service.logged('ready'))['httpPort'];
      await eventually('the parent is told', () => service.messages.length > 0);
      expect(service.messages).toEqual([{ type: 'ready', httpPort }]);
      expect(await service.stop()).toEqual({ code: 0, signal: null });
    } finally {
      await second.stop();
    }
  });

  it('ends on SIGTERM while it still waits for NATS', async () => {
    const env = { SRVAU_NATS_URL: 'nats://127.0.0.1:9' };
    await using service = new ServiceProcess('reward', { env });
    await service.readyz(503);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('SIGTERM', () => {
  let nats: NatsServerProcess;
  let client: NatsConnection;
  beforeEach(async () => {
    nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
    client = await connect({ servers: nats.url });
  });
  afterEach(async () => {
    await client.close();
    await nats.stop();
  });
  const slow = (env: Record<string, string> = {}): Promise<ServiceProcess> =>
    new ServiceProcess('reward', { program: SLOW_SERVICE, env: { SRVAU_NATS_URL: nats.url, ...env } }).ready();

  it('answers the request under way, takes no other, and exits 0', async () => {
    await using service = await slow();
    const file = join(home.dir, 'go');
    const reply = client.request('srvau.reward.wait', JSON.stringify({ file }), { timeout: 60_000 });
    await service.logged('waiting');
    service.signal('SIGTERM');
    expect(await service.readyz(503)).toEqual({ ready: false, reasons: ['draining: no new work is taken'] });
    await eventually('the service takes no more requests', () =>
      client.request('srvau.reward.wait', JSON.stringify({ file }), { timeout: 5_000 }).then(
        () => false,
        (error: Error) => /no responders/i.test(error.message),
      ),
    );
    await writeFile(file, '');
    expect((await reply).json()).toEqual({ waited: true });
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('gives up at the deadline with exit code 1', async () => {
    await using service = await slow({ SRVAU_DRAIN_MS: '300' });
    const reply = client.request('srvau.reward.wait', JSON.stringify({ file: join(home.dir, 'never') }), {
      timeout: 60_000,
    });
    reply.catch(() => undefined);
    await service.logged('waiting');
    expect(await service.stop()).toEqual({ code: 1, signal: null });
    expect(service.log.at(-1)).toMatchObject({ level: 'error', deadlineMs: 300 });
  });

  it('twice ends at once', async () => {
    await using service = await slow();
    const reply = client.request('srvau.reward.wait', JSON.stringify({ file: join(home.dir, 'never') }));
    reply.catch(() => undefined);
    await service.logged('waiting');
    service.signal('SIGTERM');
    await service.logged('draining');
    expect(await service.stop()).toEqual({ code: 1, signal: null });
  });

  it('hands a job under way over to the next worker, which does not count as an attempt', async () => {
    const link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
    const jobs = await JobClient.open(link);
    try {
      const { jobId } = await jobs.submit('dataset.ingest', { file: 'x' });
      await using first = await slow();
      expect(await first.logged('working')).toMatchObject({ jobId });
      expect((await first.http('/metrics')).body).toContain('srvau_jobs_running{kind="dataset.ingest"} 1');
      expect(await first.stop()).toEqual({ code: 0, signal: null });
      expect(await jobs.get(jobId)).toMatchObject({ state: 'queued', attempt: 0 });

      await using second = await slow();
      await second.logged('working');
      expect(await jobs.get(jobId)).toMatchObject({ state: 'running', attempt: 1 } satisfies Partial<JobRecord>);
      await jobs.cancel(jobId);
      await eventually('the job stops', async () => (await jobs.get(jobId)).state === 'cancelled');
    } finally {
      await link.drain();
    }
  });

  it('a fault that nobody catches is logged, drains, and ends with exit code 1', async () => {
    await using service = await slow();
    await client.request('srvau.reward.crash', '{}', { timeout: 30_000 });
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const line = service.log.find(({ msg }) => msg === 'uncaught exception');
    expect(line).toMatchObject({ level: 'error', err: { message: 'a fault that nobody catches' } });
  });

  it('request ids come from the caller and stand in the log', async () => {
    await using service = await slow();
    const file = join(home.dir, 'go');
    await writeFile(file, '');
    const withId = headers();
    withId.set(REQUEST_ID_HEADER, 'request-1');
    await client.request('srvau.reward.wait', JSON.stringify({ file }), { timeout: 30_000, headers: withId });
    expect(await service.logged('waiting')).toMatchObject({ requestId: 'request-1' });
  });
});

describe('the start', () => {
  it('stops at a wrong configuration and names every wrong variable', async () => {
    const env = { SRVAU_HTTP_PORT: '70000', SRVAU_LOG_LEVEL: 'loud', SRVAU_NATS_URL: 'http://user:hunter2@host' };
    await using service = new ServiceProcess('dataset', { env: { ...env, SRVAU_VIDEO_CONCURRENCY: 'many' } });
    expect(await service.exited).toEqual({ code: 78, signal: null });
    expect(service.stdout).toBe('');
    for (const line of [
      'SRVAU_HTTP_PORT: expected a whole number from 0 to 65535, received 70000 (number)',
      'SRVAU_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, received "loud" (string)',
      'SRVAU_VIDEO_CONCURRENCY: expected a whole number from 1 to 1024, received "many" (string)',
      'SRVAU_NATS_URL: expected nats://host:port, or several, comma-separated, received (hidden)',
    ]) {
      expect(service.stderr).toContain(line);
    }
    expect(service.stderr).not.toContain('hunter2');
  });

  it('names a file of credentials that is not there', async () => {
    const file = join(home.dir, 'none.creds');
    const env = { SRVAU_NATS_URL: 'nats://127.0.0.1:9', SRVAU_NATS_CREDS_FILE: file };
    await using service = new ServiceProcess('reward', { env });
    expect(await service.exited).toEqual({ code: 78, signal: null });
    expect(service.stderr).toContain(`SRVAU_NATS_CREDS_FILE: expected a readable file, received ${file} (ENOENT)`);
  });

  it('stops when the HTTP port is taken, naming the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const env = { SRVAU_HTTP_PORT: String(port), SRVAU_NATS_URL: 'nats://127.0.0.1:9' };
      await using service = new ServiceProcess('reward', { env });
      expect(await service.exited).toEqual({ code: 69, signal: null });
      expect(service.stderr).toContain(`SRVAU_HTTP_PORT: expected a free port, received ${port}`);
    } finally {
      other.close();
    }
  });

  it('says what is missing when the embedded server cannot be started', async () => {
    const env = { SRVAU_HOME: join(home.dir, 'state'), SRVAU_NATS_SERVER: join(home.dir, 'no-nats-server') };
    await using service = new ServiceProcess('reward', { env });
    expect(await service.exited).toEqual({ code: 69, signal: null });
    expect(service.stderr).toMatch(
      /SRVAU_NATS_URL is not set, and the embedded server does not start: .*no-nats-server/,
    );
  });

  it('warns of a variable that nothing reads, and starts', async () => {
    const env = { SRVAU_NATS_URL: 'nats://127.0.0.1:9', SRVAU_DRIAN_MS: '1', SRVAU_FRAME_CACHE_DIR: 'x' };
    await using service = new ServiceProcess('reward', { env });
    await service.readyz(503);
    const warned = service.log.filter(({ msg }) => msg.startsWith('a variable that nothing reads'));
    expect(warned).toMatchObject([{ variable: 'SRVAU_DRIAN_MS', nearest: 'SRVAU_DRAIN_MS' }]);
  });

  it.each([
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['--help'], 0, /SRVAU_NATS_URL[^]*SRVAU_VIDEO_CONCURRENCY|SRVAU_VIDEO_CONCURRENCY[^]*SRVAU_NATS_URL/],
    [['serve'], 64, /^$/],
  ])('answers %j without starting anything', async (args, code, stdout) => {
    await using service = new ServiceProcess('dataset', { args });
    expect(await service.exited).toEqual({ code, signal: null });
    expect(service.stdout).toMatch(stdout);
  });
});

describe('without SRVAU_NATS_URL', () => {
  it('services of one state directory share an embedded server, which ends with the last of them', async () => {
    const env = { SRVAU_HOME: join(home.dir, 'state') };
    await using first = new ServiceProcess('reward', { env });
    await using second = new ServiceProcess('training', { env });
    const server = (await first.logged('NATS connected'))['server'];
    expect(await second.logged('NATS connected')).toMatchObject({ server });
    await Promise.all([first.ready(), second.ready()]);
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    expect((await second.readyz(200)).ready).toBe(true);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    await eventually('the server has ended', () =>
      connect({ servers: String(server), reconnect: false, timeout: 1_000 }).then(
        (connection) => connection.close().then(() => false),
        () => true,
      ),
    );
  });

  it('a service whose embedded server lost its keeper ends, so that it can be started anew', async () => {
    const state = join(home.dir, 'state');
    await using service = await new ServiceProcess('reward', { env: { SRVAU_HOME: state } }).ready();
    const keeper = await findProcess(({ args }) => args.includes('keeper.js') && args.endsWith(join(state, 'nats')));
    process.kill(keeper.pid, 'SIGKILL');
    expect(await service.exited).toEqual({ code: 69, signal: null });

    // The next one finds the state directory in order again.
    await using next = await new ServiceProcess('reward', { env: { SRVAU_HOME: state } }).ready();
    expect(await next.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('a service with a parent', () => {
  it('ends when its parent is killed', async () => {
    await mkdir(join(home.dir, 'state'));
    const env = serviceEnv({ SRVAU_HOME: join(home.dir, 'state') });
    const parent = spawn(process.execPath, ['-e', FORK, programOf('reward')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ready = once(parent.stdout, 'data');
    const { pid } = await findProcess((row) => row.parent === parent.pid);
    await ready;
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually('the child has ended', () => !isRunning(pid));
  });

  it('ends when its parent lets go of it, and leaves Ctrl-C to its parent', async () => {
    const env = { SRVAU_HOME: join(home.dir, 'state') };
    await using service = await new ServiceProcess('reward', { env, ipc: true }).ready();
    service.signal('SIGINT');
    expect((await service.readyz(200)).ready).toBe(true);
    service.disconnect();
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });
});

interface Row {
  pid: number;
  parent: number;
  args: string;
}

async function findProcess(matches: (row: Row) => boolean): Promise<Row> {
  return eventually('the process exists', async () => {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-eo', 'pid=,ppid=,args=']);
    const rows = stdout.split('\n').map((line): Row => {
      const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), args };
    });
    return rows.find(matches);
  });
}
