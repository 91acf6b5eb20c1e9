import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

const PROGRAM = resolve(__dirname, '../../apps/cli/bin/srvau.mjs');

/** The command behind a shell's redirection. */
function run(command: string): Promise<{ code: number; stderr: string }> {
  const args = ['-c', command, 'sh', process.execPath, PROGRAM];
  return new Promise((done) => {
    const child = execFile('sh', args, (_error, _stdout, stderr) => done({ code: child.exitCode ?? -1, stderr }));
  });
}

describe('srvau, whose output arrives nowhere', () => {
  it('says so where the disk is full, with an exit code of its own', async () => {
    for (const args of ['--help', 'model info /none/such', 'doctor']) {
      const { code, stderr } = await run(`"$1" "$2" ${args} > /dev/full`);
      const prints = !args.startsWith('model');
      expect([args, code]).toEqual([args, prints ? 74 : 1]);
      if (prints) expect(stderr).toContain('standard output: expected it to take what is printed, received ENOSPC');
    }
  });

  it('is quiet where the reader has gone', async () => {
    const { code, stderr } = await run('{ "$1" "$2" --help; echo "code $?" >&2; } | true');
    expect([code, stderr]).toEqual([0, 'code 141\n']);
  });
});
