import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * When a process began, in a form that only compares for equality: a number is reused by another process sooner or
 * later, a number together with its beginning is not.
 *
 * @param {number} pid
 * @returns {string | null} null where no such process lives
 */
export function processStart(pid) {
  if (process.platform !== 'linux') {
    // The time is written in the locale and zone of whoever asks, and is compared with what others got.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env });
    return status === 0 ? stdout.trim() : null;
  }
  return readStat(pid)?.start ?? null;
}

/**
 * Whether a process group has a member that can still do something. Where nobody collects orphans (a container without
 * an init), killed ones stay as zombies, which a mere `kill -0` takes for alive.
 *
 * @param {number} group
 */
export function isGroupAlive(group) {
  if (process.platform !== 'linux') return killGroup(group, 0);
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && readStat(Number(name))?.group === group);
}

/**
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal 0 only asks whether the group is there
 * @returns {boolean} whether it was there
 */
export function killGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {number} pid
 * @returns {{group: number, start: string} | null} null where no such process lives; a zombie does not
 */
function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything. After it come field 3, the state, field 5, the group, and so on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, , group] = fields;
    return state === 'Z' || state === 'X' ? null : { group: Number(group), start: fields[19] ?? '' };
  } catch {
    return null;
  }
}
