/**
 * What the specs run in processes of their own, to kill them or to let them compete.
 * Each prints a line when something is done; `child.ts ACTION PATH [ARGUMENT]`.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ArtifactStore,
  DirectoryLock,
  JsonlLog,
  RunDirectory,
  fileUri,
  writeDirectoryAtomic,
  writeFileAtomic,
} from '../src';

const [, , , action = '', path = '', argument = ''] = process.argv;

const say = (line: string | number): void => void process.stdout.write(`${line}\n`);

/** Versions of a file that show at a glance whether they are whole. */
const version = (i: number): string => `${i}\n`.repeat(20_000);

const actions: Record<string, () => Promise<void>> = {
  async rewriteFile() {
    for (let i = 1; ; i += 1) {
      await writeFileAtomic(path, version(i));
      say(i);
    }
  },
  async rewriteDirectory() {
    for (let i = 1; ; i += 1) {
      await writeDirectoryAtomic(path, async (dir) => {
        for (let part = 0; part < 5; part += 1) await writeFile(join(dir, `part-${part}`), String(i));
      });
      say(i);
    }
  },
  async appendLines() {
    const log = await JsonlLog.open(path);
    for (let i = Number(argument); ; i += 1) {
      await log.append({ i, text: 'x'.repeat(5_000) });
      say(i);
    }
  },
  async holdLock() {
    await DirectoryLock.acquire(path);
    say('held');
  },
  /** Increments a counter in the least atomic way there is, under the lock. */
  async count() {
    for (let i = 0; i < Number(argument); i += 1) {
      await using _lock = await DirectoryLock.acquire(path, { waitMs: 60_000 });
      const counter = join(path, 'counter');
      await writeFile(counter, String(Number(await readFile(counter, 'utf8')) + 1));
    }
    say('done');
  },
  async readFileOnly() {
    await new ArtifactStore({ fileRoots: [path] }).readText(fileUri(join(path, argument)));
    say(Object.keys(require.cache).filter((file) => file.includes('@aws-sdk')).length);
  },
  async checkpoints() {
    const run = await RunDirectory.open(path);
    for (let step = 1; ; step += 1) {
      await run.appendMetrics({ step });
      await run.checkpoints.write(step, async (dir) => {
        await mkdir(join(dir, 'optimizer'));
        await writeFile(join(dir, 'optimizer', 'state'), 'y'.repeat(10_000));
        await writeFile(join(dir, 'weights'), 'x'.repeat(10_000));
      });
      say(step);
    }
  },
};

// When the spec that started this process is gone, its end of the pipe is closed.
process.stdin.resume().on('end', () => process.exit(1));

void actions[action]?.();
