import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NativeRank, startNative } from '../../apps/training/test/native-rank';
import { toyPaths } from '../../apps/training/test/toy-paths';
import { NO_SMALL_DISK, SmallDisk } from './support/small-disk';

const onSmallDisk = NO_SMALL_DISK === undefined ? it : it.skip;
const notHere = NO_SMALL_DISK === undefined ? '' : `; not tested here: ${NO_SMALL_DISK}`;

/** A checkpoint takes some 700 KiB. */
const ROOM_KIB = 1_200;
const STEPS = 9;

let root: string;
let rank: NativeRank | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-full-disk-'));
});
afterEach(async () => {
  await rank?.kill();
  await rm(root, { recursive: true, force: true });
});

describe('a training on a full disk', () => {
  onSmallDisk(
    `ends cleanly, keeps its last checkpoint, and goes on once there is room${notHere}`,
    async () => {
      const { data } = await toyPaths(root);
      const start = (dir: string, launcher: readonly string[] = []): NativeRank =>
        startNative({ dir, data, steps: STEPS, again: true }, launcher);
      // First, as it compiles the program for both: under a user namespace of an unprivileged user the compiler refuses to load.
      const roomy = join(root, 'roomy');
      rank = start(roomy);
      expect(await rank.next()).toMatchObject({ summary: { steps: STEPS } });
      rank.process.stdin.end();
      await rank.end();

      const disk = await SmallDisk.at(join(root, 'disk'));
      const dir = join(root, 'disk', 'run');
      rank = start(dir, disk.launcher(ROOM_KIB));

      const { error } = await rank.next();
      expect(error).toEqual({
        code: 'UNPROCESSABLE',
        message:
          `${dir}: expected room on the disk for a checkpoint, received No space left on device; ` +
          'what was saved before is whole: make room, then resume the run',
      });

      const { pid = 0 } = rank.process;
      const there = (...parts: string[]): string => disk.through(pid, join('run', ...parts));
      expect(await readdir(there('checkpoints'))).toEqual(['step-000002']);
      const metrics = await readFile(there('metrics.jsonl'), 'utf8');
      expect(metrics.match(/"step":\d+/g)).toEqual(['"step":1', '"step":2', '"step":3', '"step":4']);

      await disk.makeRoom(pid);
      rank.process.stdin.write('again\n');
      expect(await rank.next()).toMatchObject({ summary: { steps: STEPS } });
      const resumed = await readFile(there('metrics.jsonl'), 'utf8');
      expect(await readdir(there('checkpoints'))).toEqual(['step-000008', 'step-000009']);
      rank.process.stdin.end();
      await rank.end();
      expect(resumed).toBe(await readFile(join(roomy, 'metrics.jsonl'), 'utf8'));
    },
    3 * 60_000,
  );
});
