import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE_KIB = 16 * 1024;
/** A file that takes all of the disk but the room asked for, until it is deleted. */
const BALLAST = 'ballast';

/** $1: where; $2: KiB of ballast; then what is to run there. */
const SCRIPT =
  `mount -t tmpfs -o size=${SIZE_KIB}k tmpfs "$1" && head -c "$2k" /dev/zero > "$1/${BALLAST}" && ` +
  'shift 2 && exec "$@"';

/** With a user namespace, which any user may make where the kernel lets them; without, which takes the right to mount. */
const WAYS = ['-Urm', '-m'];

const command = (way: string, dir: string, freeKib: number): [string, ...string[]] => [
  ...(['unshare', way] as const),
  ...['sh', '-c', SCRIPT, 'sh', dir, String(SIZE_KIB - freeKib)],
];

/** Tried by mounting one: what forbids it is a setting of the kernel here, a filter of system calls there. */
function findWay(): { way: string } | { missing: string } {
  const dir = mkdtempSync(join(tmpdir(), 'srvau-small-disk-'));
  try {
    const faults: string[] = [];
    for (const way of WAYS) {
      const [program, ...args] = command(way, dir, 64);
      const { status, stderr, error } = spawnSync(program, [...args, 'true'], { encoding: 'utf8' });
      if (status === 0) return { way };
      faults.push(`unshare ${way}: ${error?.message ?? stderr.trim().split('\n')[0]}`);
    }
    return { missing: faults.join('; ') };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const found = findWay();

/** Why this machine has no small disks; undefined where it has. */
export const NO_SMALL_DISK = 'missing' in found ? found.missing : undefined;

/**
 * A file system with little room. Only the process that is started by `launcher` has it, in a mount namespace of its own, so
 * that it takes no right to mount, and nothing is left of it when that process has ended, however it ends.
 */
export class SmallDisk {
  private constructor(private readonly dir: string) {}

  /** @param dir is made; to everybody else it stays empty */
  static async at(dir: string): Promise<SmallDisk> {
    await mkdir(dir);
    return new SmallDisk(dir);
  }

  /** Runs the program behind it, which keeps the process id, with so much room on the disk. */
  launcher(freeKib: number): string[] {
    if ('missing' in found) throw new Error(`expected a way to mount a disk, received none: ${found.missing}`);
    return command(found.way, this.dir, freeKib);
  }

  /** Where others find a file of the disk that a living process has. */
  through(pid: number, name: string): string {
    return join('/proc', String(pid), 'root', this.dir, name);
  }

  async makeRoom(pid: number): Promise<void> {
    await rm(this.through(pid, BALLAST));
  }
}
