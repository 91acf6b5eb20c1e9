import { readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { killChildren, startChild } from '../../test/processes';
import { useTempDir } from '../../test/temp-dir';
import { DirectoryLock, LOCK_FILE_NAME, isLockFileName, lockHolder } from './directory-lock';
import { ownIdentity } from './process-identity';

const temp = useTempDir();
afterEach(killChildren);
const lockPath = (): string => join(temp(), LOCK_FILE_NAME);

/** A lock file as a process elsewhere would have left it. */
async function plantForeignLock(silentMs: number): Promise<void> {
  const owner = {
    ...(await ownIdentity()),
    host: 'other-host',
    pidDomain: 'boot:elsewhere pid:[1]',
    token: 'a-token',
    acquiredAt: '2026-01-01T00:00:00.000Z',
  };
  await writeFile(lockPath(), JSON.stringify(owner));
  const at = new Date(Date.now() - silentMs);
  await utimes(lockPath(), at, at);
}

test('refuses a second owner, naming the first, and is free again after release', async () => {
  const first = await DirectoryLock.acquire(join(temp(), 'made', 'on the way'));
  await expect(DirectoryLock.acquire(first.dir)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`process ${process.pid} on`),
  });
  await first.release();
  await first.release();
  expect(await readdir(first.dir)).toEqual([]);
  await using second = await DirectoryLock.acquire(first.dir);
  expect(second.signal.aborted).toBe(false);
});

test('waits for the holder as long as it was told to', async () => {
  const first = await DirectoryLock.acquire(temp());
  const second = DirectoryLock.acquire(temp(), { waitMs: 30_000 });
  await first.release();
  await (await second).release();
});

test('stops waiting when the signal aborts', async () => {
  await using _first = await DirectoryLock.acquire(temp());
  const stop = new AbortController();
  const second = DirectoryLock.acquire(temp(), { waitMs: 30_000, signal: stop.signal });
  stop.abort();
  await expect(second).rejects.toMatchObject({ code: 'CANCELLED' });
});

test('a live owner in another process keeps it; after kill −9 it is taken over at once', async () => {
  const child = startChild('holdLock', temp());
  await child.lines(1);
  await expect(DirectoryLock.acquire(temp(), { staleAfterMs: 0 })).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining(`process ${child.process.pid} on`),
  });
  await child.kill();
  await using lock = await DirectoryLock.acquire(temp());
  expect(await readdir(lock.dir)).toEqual([LOCK_FILE_NAME]);
});

test('the guard of a take-over that was killed goes with the next acquisition', async () => {
  for (const name of ['an-earlier-token', 'an-earlier-token.its-own-guard', 'unreadable']) {
    await writeFile(`${lockPath()}.${name}`, '');
  }
  await using lock = await DirectoryLock.acquire(temp());
  expect(await readdir(lock.dir)).toEqual([LOCK_FILE_NAME]);
});

test('a pid that another process has by now does not keep it', async () => {
  const owner = { ...(await ownIdentity()), startedAt: 'long ago', token: 't', acquiredAt: '2026-01-01T00:00:00.000Z' };
  await writeFile(lockPath(), JSON.stringify(owner));
  await using lock = await DirectoryLock.acquire(temp());
  expect(lock.signal.aborted).toBe(false);
});

test('an owner on another host is known as gone by its silence alone', async () => {
  await plantForeignLock(5_000);
  await expect(DirectoryLock.acquire(temp())).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('on other-host since 2026-01-01'),
  });
  await plantForeignLock(31_000);
  await using lock = await DirectoryLock.acquire(temp());
  expect(lock.signal.aborted).toBe(false);
});

test.each(['', 'not json', '{"pid":1}', 'null'])('a lock file that says %j counts by its age', async (content) => {
  await writeFile(lockPath(), content);
  await expect(DirectoryLock.acquire(temp())).rejects.toMatchObject({ code: 'CONFLICT' });
  const at = new Date(Date.now() - 31_000);
  await utimes(lockPath(), at, at);
  await (await DirectoryLock.acquire(temp())).release();
});

test('an owner whose lock was taken learns of it, and does not remove the lock of the new owner', async () => {
  const lock = await DirectoryLock.acquire(temp(), { heartbeatMs: 20 });
  await rm(lockPath());
  await plantForeignLock(0);
  if (!lock.signal.aborted) await once(lock.signal, 'abort');
  expect(lock.signal.reason).toMatchObject({ code: 'CONFLICT' });
  await lock.release();
  expect(await readdir(temp())).toEqual([LOCK_FILE_NAME]);
});

test('processes that compete for a dead owner’s lock get it one after another', async () => {
  const dead = startChild('holdLock', temp());
  await dead.lines(1);
  await writeFile(join(temp(), 'counter'), '0');
  const contenders = [1, 2, 3].map(() => startChild('count', temp(), '15'));
  await dead.kill();
  await Promise.all(contenders.map((child) => child.lines(1)));
  expect(await readFile(join(temp(), 'counter'), 'utf8')).toBe('45');
  expect((await readdir(temp())).filter(isLockFileName)).toEqual([]);
});

test('whoever looks sees the holder as long as it lives, and writes nothing', async () => {
  expect(await lockHolder(join(temp(), 'none'))).toBeNull();
  const child = startChild('holdLock', temp());
  await child.lines(1);
  expect(await lockHolder(temp())).toMatchObject({ pid: child.process.pid });
  await child.kill();
  expect(await lockHolder(temp())).toBeNull();
  expect(await readdir(temp())).toEqual([LOCK_FILE_NAME]);
  await plantForeignLock(5_000);
  expect(await lockHolder(temp())).toMatchObject({ host: 'other-host' });
  await plantForeignLock(31_000);
  expect(await lockHolder(temp())).toBeNull();
});
