import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { until } from '../../test/harness';
import { LocalNats } from './local-nats';

/** These specs run the built keeper: `tsc -b libs/messaging` comes first. */
describe('LocalNats', () => {
  let dir: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'srvau local ñ '));
  });

  afterEach(async () => {
    children.splice(0).forEach((child) => child.kill('SIGKILL'));
    await until('the server has stopped', async () => (await natsPid()) === undefined || !isAlive(await natsPid()));
    await rm(dir, { recursive: true, force: true });
  });

  const natsPid = async (): Promise<number | undefined> => {
    const text = await readFile(join(dir, 'nats-server.pid'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : Number(text);
  };

  /** Another process that attaches and prints the url, or the error. */
  async function attachElsewhere(env: Record<string, string> = {}): Promise<{ child: ChildProcess; url: string }> {
    const program = `require('@srvau/messaging').LocalNats.attach(process.argv[1]).then((n) => { console.log(n.url); setInterval(() => {}, 1000); }, (e) => console.log(e.code, e.message))`;
    const child = spawn(process.execPath, ['-e', program, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    children.push(child);
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    return { child, url: line.toString().trim() };
  }

  it('is shared by all who attach, also at the same moment, and listens on loopback only', async () => {
    const [one, two, three] = await Promise.all([LocalNats.attach(dir), LocalNats.attach(dir), attachElsewhere()]);
    expect(two.url).toBe(one.url);
    expect(three.url).toBe(one.url);
    expect(new URL(one.url).hostname).toBe('127.0.0.1');
    one.release();
    two.release();
    const connection = await connect({ servers: three.url });
    await connection.flush();
    await connection.close();
  });

  it('stops when its last user is killed, and starts again with its data', async () => {
    const first = await attachElsewhere();
    const pid = await natsPid();
    expect(isAlive(pid)).toBe(true);
    first.child.kill('SIGKILL');
    await until('the server has stopped', () => !isAlive(pid));
    const again = await LocalNats.attach(dir);
    expect(isAlive(await natsPid())).toBe(true);
    again.release();
  });

  it('never hands out a server that is about to stop', async () => {
    // An unused server stops after half a second: come back at moments around that.
    for (const gapMs of [330, 370, 410, 450, 490, 530]) {
      (await LocalNats.attach(dir)).release();
      await sleep(gapMs);
      const again = await LocalNats.attach(dir);
      const connection = await connect({ servers: again.url, reconnect: false });
      const lost = connection.closed().then(() => 'closed');
      expect(await Promise.race([lost, sleep(400, 'still there')])).toBe('still there');
      await connection.flush();
      await connection.close();
      again.release();
    }
  });

  it('is started again on the same port when the server dies', async () => {
    const local = await LocalNats.attach(dir);
    const pid = await natsPid();
    process.kill(pid as number, 'SIGKILL');
    await until('another server runs', async () => (await natsPid()) !== pid && isAlive(await natsPid()));
    const connection = await connect({ servers: local.url, maxReconnectAttempts: 50, waitOnFirstConnect: true });
    await connection.flush();
    await connection.close();
    local.release();
  });

  it('says what is wrong when there is no nats-server', async () => {
    const { url: error } = await attachElsewhere({ SRVAU_NATS_SERVER: join(dir, 'no-such-program') });
    expect(error).toMatch(/^UNAVAILABLE could not start .*no-such-program: ENOENT; install nats-server/);
  });
});

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
