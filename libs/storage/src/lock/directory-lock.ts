import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';
import { throwIfAborted } from '../abort';
import { ensureDirectory } from '../atomic/durable';
import { type HeldFile, type LockOwner, beat, lookUpOwner, releaseFile, stillHolds, tryLock } from './lock-file';

/** Name of the lock in the directory that it locks. */
export const LOCK_FILE_NAME = '.srvau.lock';

/** True for the lock and for the short-lived files of its take-over: never part of a directory's content. */
export const isLockFileName = (name: string): boolean =>
  name === LOCK_FILE_NAME || name.startsWith(`${LOCK_FILE_NAME}.`);

export interface DirectoryLockOptions {
  /** How long to wait for a holder to finish, or to be known as gone. Default 0: refuse at once. */
  waitMs?: number;
  signal?: AbortSignal;
  /** Period of the heartbeat. Default 5,000 ms. */
  heartbeatMs?: number;
  /**
   * Silence after which a holder on another host or in another container counts as gone; equal for all who share the
   * directory, and a multiple of the heartbeat. Default 30,000 ms. A holder whose pid can be looked up from here is
   * known to be gone at once.
   */
  staleAfterMs?: number;
}

const POLL_MS = 100;
const STALE_AFTER_MS = 30_000;

/**
 * `waitMs` for an attempt at a job: from the second one on, a dead worker on another host may hold the directory until its
 * lock counts as stale.
 */
export const takeOverWaitMs = (attempt: number): number => (attempt > 1 ? STALE_AFTER_MS + 10_000 : 0);

/**
 * The exclusive right to write a directory, held by one process at a time across processes and hosts.
 *
 * It survives its owner: after a kill −9 the next process on the same machine takes it over at once (pid and start
 * time tell that the owner is gone), one elsewhere when the heartbeat has been silent for `staleAfterMs`.
 */
export class DirectoryLock implements AsyncDisposable {
  private readonly lost = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private beating: Promise<void> = Promise.resolve();
  private lastBeat = performance.now();
  private released: Promise<void> | undefined;

  private constructor(
    readonly dir: string,
    private readonly held: HeldFile,
    heartbeatMs: number,
    private readonly staleAfterMs: number,
  ) {
    this.timer = setInterval(() => {
      this.beating = this.beating.then(() => this.check());
    }, heartbeatMs);
    this.timer.unref();
  }

  /**
   * Locks `dir`, which is made if it is not there.
   * @throws SrvauError CONFLICT, naming the holder, when the lock is still held after `waitMs`.
   */
  static async acquire(dir: string, options: DirectoryLockOptions = {}): Promise<DirectoryLock> {
    const { waitMs = 0, heartbeatMs = 5_000, staleAfterMs = STALE_AFTER_MS, signal } = options;
    await ensureDirectory(dir);
    const path = join(dir, LOCK_FILE_NAME);
    const deadline = Date.now() + waitMs;
    for (;;) {
      throwIfAborted(signal);
      const attempt = await tryLock(path, staleAfterMs);
      if ('held' in attempt) {
        const lock = new DirectoryLock(dir, attempt.held, heartbeatMs, staleAfterMs);
        await lock.sweepGuards();
        return lock;
      }
      if (Date.now() >= deadline) throw heldBy(dir, attempt.holder);
      await sleep(Math.min(POLL_MS, deadline - Date.now()));
    }
  }

  /** Aborts (reason: SrvauError CONFLICT) if the lock was lost, e.g. because this process was suspended for long. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  /** Gives the lock back. Calling it again is no error. */
  release(): Promise<void> {
    this.released ??= this.end();
    return this.released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /**
   * A process killed in the midst of a take-over leaves the guard of it. With our token in the lock the guards of all
   * earlier locks mean nothing, even held ones: whoever gets such a guard reads the lock again and finds it changed.
   */
  private async sweepGuards(): Promise<void> {
    const current = `${LOCK_FILE_NAME}.${this.held.owner.token}`;
    try {
      for (const name of await readdir(this.dir)) {
        const isEarlier = name.startsWith(`${LOCK_FILE_NAME}.`) && !name.startsWith(current);
        if (isEarlier) await rm(join(this.dir, name), { force: true });
      }
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    await releaseFile(join(this.dir, LOCK_FILE_NAME), this.held);
  }

  private async check(): Promise<void> {
    if (this.released !== undefined || this.lost.signal.aborted) return;
    try {
      if (!(await stillHolds(join(this.dir, LOCK_FILE_NAME), this.held))) return this.lose(undefined);
      await beat(this.held);
      this.lastBeat = performance.now();
    } catch (error) {
      // A hiccup of a network file system passes; a silence this long is what others take for our end.
      if (performance.now() - this.lastBeat > this.staleAfterMs) this.lose(error);
    }
  }

  private lose(cause: unknown): void {
    clearInterval(this.timer);
    this.lost.abort(new SrvauError('CONFLICT', `${this.dir}: the lock of this process was lost`, { cause }));
  }
}

/** Who writes `dir` now, or null; takes no lock and writes nothing, so the answer is of a moment ago. */
export function lockHolder(dir: string, staleAfterMs = STALE_AFTER_MS): Promise<LockOwner | null> {
  return lookUpOwner(join(dir, LOCK_FILE_NAME), staleAfterMs);
}

function heldBy(dir: string, holder: LockOwner | null): SrvauError {
  const who =
    holder === null
      ? 'a process that is taking it now'
      : `process ${holder.pid} on ${holder.host} since ${holder.acquiredAt}`;
  const expected = 'a directory that no other process is writing';
  const received = `one locked by ${who}`;
  return SrvauError.mismatch('CONFLICT', dir, expected, received, { field: 'directory' });
}
