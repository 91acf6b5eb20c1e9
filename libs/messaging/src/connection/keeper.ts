import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { holdSocket, type KeeperHello, keeperFile, type KeeperRecord, readKeeperRecord } from './local-nats';
import { NatsServerProcess, pidFile } from './nats-server';

/** Time without a user after which the server stops; long enough for a command to follow another. */
const IDLE_MS = 500;

/** Entry point of the keeper process, see `LocalNats`. Its only argument is the state directory. */
async function main(dir: string): Promise<void> {
  const users = new Set<Socket>();
  let stopping = false;
  let hello: KeeperHello | undefined;
  const greet = (socket: Socket): void => {
    if (hello !== undefined) socket.write(`${JSON.stringify(hello)}\n`);
  };
  const server = createServer((socket) => {
    // Who comes now must not be told of a server that is about to stop; without a greeting they start a new keeper.
    if (stopping) {
      socket.destroy();
      return;
    }
    users.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => users.delete(socket));
    socket.resume();
    greet(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const record: KeeperRecord = { port: (server.address() as AddressInfo).port, token: randomUUID() };
  if (!(await takeOver(dir, record))) {
    server.close();
    return;
  }
  try {
    await endOrphan(dir);
    const nats = await NatsServerProcess.start({ dir });
    hello = { token: record.token, url: nats.url };
    users.forEach(greet);

    const end = new AbortController();
    const kept = keepRunning(dir, nats, end.signal);
    await Promise.race([idle(users), once(process, 'SIGTERM')]);
    // Nothing comes between the last count of users and this.
    stopping = true;
    await removeIfOurs(dir, record);
    end.abort();
    await kept;
  } finally {
    await removeIfOurs(dir, record);
    server.close();
    users.forEach((socket) => socket.destroy());
  }
  // The loop that counts users may still wait for its next look.
  process.exit(0);
}

async function idle(users: ReadonlySet<Socket>): Promise<void> {
  let emptySince = Date.now();
  while (users.size > 0 || Date.now() - emptySince < IDLE_MS) {
    if (users.size > 0) emptySince = Date.now();
    await sleep(100);
  }
}

/** Writes the record unless a living keeper has one there already. `link` makes it appear whole or not at all. */
async function takeOver(dir: string, record: KeeperRecord): Promise<boolean> {
  const own = `${keeperFile(dir)}.${record.token}`;
  // On disk before it has the name: after a power cut an empty record would stand in every keeper's way.
  await writeFile(own, JSON.stringify(record), { flush: true });
  try {
    for (;;) {
      try {
        await link(own, keeperFile(dir));
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = await readKeeperRecord(dir);
      if (other === undefined) continue;
      const held = await holdSocket(other, 20_000);
      if (held !== undefined) {
        held.socket.destroy();
        return false;
      }
      await removeIfOurs(dir, other);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Removes the record if it is still `record`: between reading and removing, another keeper may have written its own. */
async function removeIfOurs(dir: string, record: KeeperRecord): Promise<void> {
  if ((await readKeeperRecord(dir))?.token !== record.token) return;
  const aside = `${keeperFile(dir)}.${randomUUID()}`;
  try {
    await rename(keeperFile(dir), aside);
    const moved = JSON.parse(await readFile(aside, 'utf8')) as KeeperRecord;
    if (moved.token !== record.token) await link(aside, keeperFile(dir));
    await rm(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw error;
  }
}

/** Starts a server that dies again, on the same port, so that clients find it where it was. Stops it on `signal`. */
async function keepRunning(dir: string, server: NatsServerProcess, signal: AbortSignal): Promise<void> {
  let nats = server;
  const aborted = once(signal, 'abort');
  for (let wait = 200; ;) {
    await Promise.race([nats.exited, aborted]);
    if (signal.aborted) return nats.stop();
    try {
      nats = await NatsServerProcess.start({ dir, port: nats.port });
      wait = 200;
    } catch {
      // The log of nats-server in the same directory says why; the next try may find the cause gone.
      await Promise.race([sleep(wait), aborted]);
      wait = Math.min(wait * 2, 5_000);
    }
  }
}

/** A keeper that was killed leaves its server running on the same files: two servers on them would spoil them. */
async function endOrphan(dir: string): Promise<void> {
  const pid = Number(await readFile(pidFile(dir), 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return;
  const isOurs = async (): Promise<boolean> => (await commandOf(pid)).includes(join(dir, 'jetstream'));
  if (await isOurs()) process.kill(pid, 'SIGKILL');
  while (await isOurs()) await sleep(20);
}

/** Command line of a process; empty when there is no such process. */
async function commandOf(pid: number): Promise<string> {
  try {
    // `ps` is missing in small images, and without a UTF-8 locale it prints names beyond ASCII as question marks.
    if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return (await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}

main(process.argv[2] ?? '').catch((error: unknown) => {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
