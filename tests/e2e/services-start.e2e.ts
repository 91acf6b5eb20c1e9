import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '@nats-io/transport-node';
import { eventually } from './support/eventually';
import { isRunning, killHard, programOf, serviceEnv, ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

const FORK =
  "require('node:child_process').fork(process.argv[1], { stdio: 'ignore' }).on('message', (m) => console.log(m.type))";

let home: TempHome;
beforeEach(async () => {
  home = await tempHome();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
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
    await serverEnds(String(server));
  });

  it('a service whose embedded server lost its keeper ends, so that it can be started anew', async () => {
    const state = join(home.dir, 'state');
    await using service = await new ServiceProcess('reward', { env: { SRVAU_HOME: state } }).ready();
    const server = String((await service.logged('NATS connected'))['server']);
    // Without a UTF-8 locale `ps` shows only the ASCII part of the path as it is.
    const end = `${home.dir.slice(-6)}/state/nats`;
    const keeper = await findProcess(({ args }) => args.includes('keeper.js') && args.endsWith(end));
    killHard(keeper.pid);
    expect(await service.exited).toEqual({ code: 69, signal: null });

    // The next one puts the state directory in order: two servers on the same files would spoil them.
    await using next = await new ServiceProcess('reward', { env: { SRVAU_HOME: state } }).ready();
    await serverEnds(server);
    expect(await next.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('a service with a parent', () => {
  it('ends when its parent is killed', async () => {
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

async function serverEnds(server: string): Promise<void> {
  await eventually('the server has ended', () =>
    connect({ servers: server, reconnect: false, timeout: 1_000 }).then(
      (connection) => connection.close().then(() => false),
      () => true,
    ),
  );
}

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
