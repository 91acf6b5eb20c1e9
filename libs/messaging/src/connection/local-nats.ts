import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';

/** What a keeper writes about itself to `<dir>/keeper.json`. */
export interface KeeperRecord {
  /** Loopback port on which the keeper counts its users. */
  port: number;
  /** Tells this keeper from another program that was given the same port later. */
  token: string;
}

/** First line that a keeper sends to a user. */
export interface KeeperHello {
  token: string;
  url: string;
}

export const keeperFile = (dir: string): string => join(dir, 'keeper.json');

const ATTACH_DEADLINE_MS = 30_000;

/**
 * The embedded NATS server of a state directory, shared by every process that attaches to it.
 *
 * A small keeper process owns `nats-server`. Each user holds a socket to the keeper, which the kernel closes when the
 * user ends, however it ends; with its last user the keeper stops the server. So nothing is left behind after
 * kill −9, and two commands in one directory share one server.
 */
export class LocalNats {
  /**
   * Resolves when the keeper has ended although it was not released. The next one to attach gets a new server on
   * another port, and the old one, which nobody looks after any more, is ended.
   */
  readonly lost: Promise<void>;
  private released = false;

  private constructor(
    readonly url: string,
    private readonly socket: Socket,
  ) {
    this.lost = new Promise((resolveLost) => {
      socket.once('close', () => {
        if (!this.released) resolveLost();
      });
    });
  }

  /**
   * Attaches to the server of `dir`, starting it if there is none.
   * @throws SrvauError UNAVAILABLE when no server could be started.
   */
  static async attach(dir: string): Promise<LocalNats> {
    const home = resolve(dir);
    await mkdir(home, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
      const received = `${home} (${cause.code ?? cause.message})`;
      throw SrvauError.mismatch('INVALID_REQUEST', 'SRVAU_HOME', 'a directory that can be written', received, {
        cause,
      });
    });
    const deadline = Date.now() + ATTACH_DEADLINE_MS;
    let keeper: { ended: boolean; failure: string } | undefined;
    while (Date.now() < deadline) {
      const record = await readKeeperRecord(home);
      const attached = record === undefined ? undefined : await holdSocket(record, deadline - Date.now());
      if (attached !== undefined) return new LocalNats(attached.hello.url, attached.socket);
      if (keeper?.ended === true && keeper.failure !== '') throw new SrvauError('UNAVAILABLE', keeper.failure);
      if (keeper === undefined || keeper.ended) keeper = startKeeper(home);
      await sleep(50);
    }
    throw new SrvauError('UNAVAILABLE', `no local NATS server in ${home} within ${ATTACH_DEADLINE_MS / 1000} s`);
  }

  /** Lets go of the server; it stops when nobody else uses it. */
  release(): void {
    this.released = true;
    this.socket.destroy();
  }
}

export async function readKeeperRecord(dir: string): Promise<KeeperRecord | undefined> {
  try {
    return JSON.parse(await readFile(keeperFile(dir), 'utf8')) as KeeperRecord;
  } catch {
    // Absent: no keeper. Unreadable is the same: records are written whole.
    return undefined;
  }
}

/** Connects to the keeper of `record` and waits for its greeting; undefined when it is not (or no longer) there. */
export async function holdSocket(
  record: KeeperRecord,
  timeoutMs: number,
): Promise<{ socket: Socket; hello: KeeperHello } | undefined> {
  const socket = connect(record.port, '127.0.0.1');
  const line = await new Promise<string | undefined>((done) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) done(text.slice(0, text.indexOf('\n')));
    });
    socket.on('error', () => done(undefined));
    socket.on('close', () => done(undefined));
    socket.setTimeout(Math.max(1, timeoutMs), () => done(undefined));
  });
  const hello = line === undefined ? undefined : parseHello(line);
  if (hello === undefined || hello.token !== record.token) {
    socket.destroy();
    return undefined;
  }
  socket.setTimeout(0);
  // Holding the server must not keep a process alive that has nothing else to do.
  socket.unref();
  return { socket, hello };
}

function parseHello(line: string): KeeperHello | undefined {
  try {
    return JSON.parse(line) as KeeperHello;
  } catch {
    return undefined;
  }
}

function startKeeper(dir: string): { ended: boolean; failure: string } {
  const program = join(dirname(require.resolve('@srvau/messaging/package.json')), 'dist/connection/keeper.js');
  const child = spawn(process.execPath, [program, dir], { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const state = { ended: false, failure: '' };
  child.stderr
    .setEncoding('utf8')
    .on('data', (chunk: string) => (state.failure = (state.failure + chunk).slice(-2000)));
  child.once('error', (error) => Object.assign(state, { ended: true, failure: error.message }));
  child.once('close', () => (state.ended = true));
  child.unref();
  (child.stderr as unknown as Socket).unref();
  return state;
}
