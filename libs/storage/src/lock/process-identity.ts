import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { errnoOf } from '../errno';

/** Names one process for good: a pid alone is given to another process later. */
export interface ProcessIdentity {
  host: string;
  /** Process ids can be compared only within one of these: boot of a machine and, on Linux, pid namespace. */
  pidDomain: string;
  pid: number;
  /** Start time in a form of the operating system's own; equal only for the same process. */
  startedAt: string;
}

let own: Promise<ProcessIdentity> | undefined;

/** Identity of this process. */
export function ownIdentity(): Promise<ProcessIdentity> {
  own ??= identify();
  return own;
}

async function identify(): Promise<ProcessIdentity> {
  const startedAt = await startTimeOf(process.pid);
  return { host: hostname(), pidDomain: await pidDomain(), pid: process.pid, startedAt: startedAt ?? 'unknown' };
}

/**
 * Whether that process still runs; null when it lives where its pid says nothing to us (another machine or container).
 */
export async function isAlive(other: ProcessIdentity): Promise<boolean | null> {
  if (other.pidDomain !== (await pidDomain())) return null;
  const startedAt = await startTimeOf(other.pid);
  // A process of another user may be hidden from us (proc mounted with hidepid).
  if (startedAt === null && isHidden(other.pid)) return null;
  return startedAt === other.startedAt;
}

/** Start time of a running process; null when there is none with this pid, or only its zombie. */
async function startTimeOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return startTimeByPs(pid);
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
  // `pid (command) state …`: the command may hold spaces and brackets. After it come state (0) and start time (19).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isZombie = fields[0] === 'Z' || fields[0] === 'X';
  return isZombie ? null : (fields[19] ?? null);
}

/** True when there is such a process and we may not signal it. */
function isHidden(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}

async function startTimeByPs(pid: number): Promise<string | null> {
  try {
    // The time is written in the locale and zone of whoever asks, and is compared with what others got.
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env });
    const [state = '', ...start] = stdout.trim().split(/\s+/);
    return state === '' || state.startsWith('Z') ? null : start.join(' ');
  } catch (error) {
    // ps ends with 1 when there is no such process; anything else is a real fault.
    if (error instanceof Error && (error as { code?: unknown }).code === 1) return null;
    throw error;
  }
}

let domain: Promise<string> | undefined;

function pidDomain(): Promise<string> {
  domain ??= readPidDomain();
  return domain;
}

async function readPidDomain(): Promise<string> {
  if (process.platform !== 'linux') return `host:${hostname()}`;
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
    return `boot:${boot} ${await readlink('/proc/self/ns/pid')}`;
  } catch (error) {
    // Sandboxes hide these; then only processes of one host name are compared.
    if (errnoOf(error) === undefined) throw error;
    return `host:${hostname()}`;
  }
}
