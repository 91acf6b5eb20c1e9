import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimes,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGroupAlive, killGroup, processStart } from './processes.mjs';

/**
 * @typedef {object} Holder what the lock file says
 * @property {string} id
 * @property {string} host
 * @property {number} pid
 * @property {string | null} start see processStart
 * @property {number | null} group process group of the step that runs now
 * @property {string | null} groupStart
 */

const HEARTBEAT_MS = 5_000;
/** A holder on another machine (a shared disk) cannot be looked at; it counts as dead after this long without a sign. */
const FOREIGN_STALE_MS = 60_000;
/** Breaking a stale lock takes microseconds; a breaker that left its mark this long ago has died. */
const BREAKING_STALE_MS = 10_000;

/**
 * Only one set-up at a time works in a checkout. A holder that was killed −9 does not block the next one, and the step
 * it left running (npm, pip, cmake) is ended first, for it would write into what the next one builds.
 */
export class SetupLock {
  #file;
  #holder;
  #heartbeat;

  /**
   * @param {string} file
   * @param {Holder} holder
   */
  constructor(file, holder) {
    this.#file = file;
    this.#holder = holder;
    this.#heartbeat = setInterval(() => {
      // A sign of life that fails is no reason to fail; the next one comes soon.
      utimes(file, new Date(), new Date(), () => undefined);
    }, HEARTBEAT_MS).unref();
  }

  /**
   * @param {string} file
   * @param {{waiting?: (holder: Holder) => void, pollMs?: number, check?: () => void}} [options]
   *   `waiting` is called once when another holds it, `check` before each wait, to throw when we shall stop
   */
  static async acquire(file, { waiting, pollMs = 200, check } = {}) {
    /** @type {Holder} */
    const holder = {
      id: randomUUID(),
      host: hostname(),
      pid: process.pid,
      start: processStart(process.pid),
      group: null,
      groupStart: null,
    };
    let told = false;
    while (!place(file, holder)) {
      const other = readHolder(file);
      if (other === null || !isAlive(file, other)) {
        await breakStale(file, other);
        continue;
      }
      if (!told) waiting?.(other);
      told = true;
      check?.();
      await sleep(pollMs);
    }
    return new SetupLock(file, holder);
  }

  /**
   * Notes the step that runs now, so that whoever finds us dead can end it.
   *
   * @param {number} group
   */
  note(group) {
    this.#holder = { ...this.#holder, group, groupStart: processStart(group) };
    const beside = `${this.#file}.${this.#holder.id}`;
    writeFileSync(beside, JSON.stringify(this.#holder));
    renameSync(beside, this.#file);
  }

  release() {
    clearInterval(this.#heartbeat);
    if (readHolder(this.#file)?.id === this.#holder.id) rmSync(this.#file, { force: true });
  }
}

/**
 * Puts the lock file in place with its whole content at once; `link` fails where one is.
 *
 * @param {string} file
 * @param {Holder} holder
 */
function place(file, holder) {
  const beside = `${file}.${holder.id}`;
  writeFileSync(beside, JSON.stringify(holder));
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {Holder | null} null where there is none, or none that can be read
 */
function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {string} file
 * @param {Holder} holder
 */
function isAlive(file, holder) {
  if (holder.host === hostname()) return holder.start !== null && processStart(holder.pid) === holder.start;
  const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touched < FOREIGN_STALE_MS;
}

/**
 * Removes a stale lock. Two that see the same stale lock must not both remove "it": the second would remove the first
 * one's new lock. So removal has a lock of its own, a directory, and looks again inside it.
 *
 * @param {string} file
 * @param {Holder | null} seen
 */
async function breakStale(file, seen) {
  const breaking = `${file}.breaking`;
  try {
    mkdirSync(breaking);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const since = statSync(breaking, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > BREAKING_STALE_MS)
      rmSync(breaking, { recursive: true, force: true });
    await sleep(20);
    return;
  }
  try {
    // Given back meanwhile: the next one may take the name at any moment, so there is nothing here to remove.
    if (!existsSync(file) || readHolder(file)?.id !== seen?.id) return;
    if (seen !== null) await endLeftover(seen);
    rmSync(file, { force: true });
  } finally {
    rmSync(breaking, { recursive: true, force: true });
  }
}

/** @param {Holder} holder dead */
async function endLeftover({ host, group, groupStart }) {
  if (group === null || host !== hostname()) return;
  // A leader that began at another time is another process with a number used again.
  const leader = processStart(group);
  if (leader !== null && leader !== groupStart) return;
  const deadline = Date.now() + BREAKING_STALE_MS / 2;
  while (isGroupAlive(group) && Date.now() < deadline) {
    killGroup(group, 'SIGKILL');
    await sleep(20);
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
