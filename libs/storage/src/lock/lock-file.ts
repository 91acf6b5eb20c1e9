import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { errnoOf } from '../errno';
import { statOrNull } from '../atomic/durable';
import { temporaryName } from '../atomic/temp-names';
import { type ProcessIdentity, isAlive, ownIdentity } from './process-identity';

/** What stands in a lock file. */
export interface LockOwner extends ProcessIdentity {
  /** Differs for every acquisition. */
  token: string;
  /** ISO 8601 in UTC, for people. */
  acquiredAt: string;
}

export interface HeldFile {
  owner: LockOwner;
  /** Stays open: the heartbeat writes through it, so it can never touch a file that took over the name. */
  handle: FileHandle;
}

export type Attempt = { held: HeldFile } | { holder: LockOwner | null };

/**
 * One try to own the lock file at `path`.
 *
 * Giving a file its name, which fails where the name is taken, decides between contenders. A lock whose owner is gone is replaced, and that replacement is the
 * delicate step: two contenders may both have read the dead owner, and the slower one must not replace the lock of
 * the faster. So the right to replace is itself a lock, named after the dead owner's token, and under it the file is
 * read again.
 *
 * @param staleAfterMs silence after which an owner that cannot be looked up by pid counts as gone.
 * @returns the held file, or who holds it (null when the file cannot be read yet).
 */
export async function tryLock(path: string, staleAfterMs: number): Promise<Attempt> {
  const created = await createExclusive(path);
  if (created !== null) return { held: created };
  const seen = await readOwner(path);
  if (seen === 'gone') return tryLock(path, staleAfterMs);
  if (!(await isGone(path, seen.owner, staleAfterMs))) return { holder: seen.owner };

  const guardPath = `${path}.${seen.owner?.token ?? 'unreadable'}`;
  const guard = await tryLock(guardPath, staleAfterMs);
  if (!('held' in guard)) return { holder: guard.holder };
  try {
    const now = await readOwner(path);
    const unchanged = now !== 'gone' && now.text === seen.text;
    if (!unchanged || !(await isGone(path, seen.owner, staleAfterMs))) return await tryLock(path, staleAfterMs);
    return { held: await replaceBy(path) };
  } finally {
    await releaseFile(guardPath, guard.held);
  }
}

/**
 * Who holds the lock file at `path`, as far as can be told without writing anything; null where nobody does. For those
 * who only look: of an owner on another host the heartbeat is judged by the clock of this one.
 */
export async function lookUpOwner(path: string, staleAfterMs: number): Promise<LockOwner | null> {
  const seen = await readOwner(path);
  if (seen === 'gone' || seen.owner === null) return null;
  const alive = await isAlive(seen.owner);
  if (alive !== null) return alive ? seen.owner : null;
  const file = await statOrNull(path);
  return file !== null && Date.now() - file.mtimeMs <= staleAfterMs ? seen.owner : null;
}

/** Writes the content again, which sets the modification time by the clock of the file system, not of this host. */
export async function beat({ handle, owner }: HeldFile): Promise<void> {
  const text = Buffer.from(render(owner));
  await handle.write(text, 0, text.byteLength, 0);
  await handle.datasync();
}

/** Whether `path` still is the file that is held. */
export async function stillHolds(path: string, { handle }: HeldFile): Promise<boolean> {
  const [there, ours] = await Promise.all([statOrNull(path), handle.stat()]);
  return there !== null && there.ino === ours.ino && there.dev === ours.dev;
}

export async function releaseFile(path: string, held: HeldFile): Promise<void> {
  try {
    if (await stillHolds(path, held)) await rm(path, { force: true });
  } finally {
    await held.handle.close();
  }
}

/**
 * Null where there is one already. The file gets its name when its owner stands in it: were it created empty, a process
 * killed at that moment would leave a lock that names nobody, which others could only wait out.
 */
async function createExclusive(path: string): Promise<HeldFile | null> {
  if ((await statOrNull(path)) !== null) return null;
  const temporary = temporaryName(path);
  const held = await fill(temporary, await open(temporary, 'wx+'));
  try {
    await link(temporary, path);
    return held;
  } catch (error) {
    await held.handle.close();
    // EEXIST: another was faster. ENOENT: it has even swept our temporary file already.
    if (['EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) return null;
    if (NO_LINKS.includes(errnoOf(error) ?? '')) return createWithoutLinks(path);
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** What file systems without hard links say. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

async function createWithoutLinks(path: string): Promise<HeldFile | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx+');
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return null;
    throw error;
  }
  return fill(path, handle);
}

async function replaceBy(path: string): Promise<HeldFile> {
  const temporary = temporaryName(path);
  const held = await fill(temporary, await open(temporary, 'wx+'));
  await rename(temporary, path);
  return held;
}

async function fill(path: string, handle: FileHandle): Promise<HeldFile> {
  try {
    const owner = { ...(await ownIdentity()), token: randomUUID(), acquiredAt: new Date().toISOString() };
    await handle.writeFile(render(owner));
    await handle.datasync();
    return { owner, handle };
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

const render = (owner: LockOwner): string => `${JSON.stringify(owner)}\n`;

/** `owner` is null for a file that its creator has not filled yet, or never will. */
async function readOwner(path: string): Promise<{ text: string; owner: LockOwner | null } | 'gone'> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'gone';
    throw error;
  }
  return { text, owner: parseOwner(text) };
}

function parseOwner(text: string): LockOwner | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const o = (value ?? {}) as Partial<LockOwner>;
  const texts = [o.host, o.pidDomain, o.startedAt, o.token, o.acquiredAt];
  const isOwner =
    texts.every((t) => typeof t === 'string') && Number.isInteger(o.pid) && /^[\w-]+$/.test(o.token ?? '');
  return isOwner ? (o as LockOwner) : null;
}

async function isGone(path: string, owner: LockOwner | null, staleAfterMs: number): Promise<boolean> {
  const alive = owner === null ? null : await isAlive(owner);
  if (alive !== null) return !alive;
  return (await silenceMs(path)) > staleAfterMs;
}

/** Time since the last heartbeat, by the clock of the file system: hosts that share it may disagree on the time. */
async function silenceMs(path: string): Promise<number> {
  const lock = await statOrNull(path);
  if (lock === null) return 0;
  const probe = temporaryName(path);
  try {
    await (await open(probe, 'wx')).close();
    return (await stat(probe)).mtimeMs - lock.mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}
