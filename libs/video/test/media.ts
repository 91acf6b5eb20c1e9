import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Absolute path of a shipped clip. */
export const fixture = (name: string): string => join(__dirname, '../../../tests/fixtures/cctv', name);

/** A directory for one spec file, removed after it. */
export function temporaryDirectory(): { path: (...names: string[]) => string } {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'srvau-video-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  return { path: (...names) => join(root, ...names) };
}

/** Runs ffmpeg or ffprobe directly, as an independent means to make and to read media. Returns standard output. */
export function media(program: 'ffmpeg' | 'ffprobe', args: string[], stdin?: Buffer): Promise<Buffer> {
  const path = process.env[program === 'ffmpeg' ? 'SRVAU_FFMPEG' : 'SRVAU_FFPROBE'] ?? program;
  return new Promise((resolve, reject) => {
    const child = execFile(
      path,
      ['-v', 'error', ...args],
      { encoding: 'buffer', maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`))),
    );
    child.stdin?.end(stdin);
  });
}

export const ffmpeg = (...args: string[]): Promise<Buffer> => media('ffmpeg', ['-nostdin', '-y', ...args]);
