import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');

/** Writes nothing. */
async function generate(id: string): Promise<string> {
  const nx = join(root, 'node_modules/.bin/nx');
  const args = [nx, 'generate', '@srvau/tools:reward-plugin', id, '--dry-run'];
  const env = { ...process.env, NX_DAEMON: 'false', NX_INTERACTIVE: 'false', CI: 'true', FORCE_COLOR: '0' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  return stdout + stderr;
}

describe('nx generate @srvau/tools:reward-plugin', () => {
  it('would write what `srvau plugin new` writes', async () => {
    const output = await generate('spec-of-the-generator');
    for (const file of [
      'package.json',
      'tsconfig.json',
      'src/index.ts',
      'src/index.spec.ts',
      'golden.json',
      'README.md',
    ]) {
      expect(output).toContain(`CREATE plugins/spec-of-the-generator-reward/${file}`);
    }
    expect(output).toContain('UPDATE tsconfig.json');
  });

  it('refuses an id that a plugin may not have, and a folder that is there', async () => {
    await expect(generate('Not_An_Id')).rejects.toThrow(/lower-case words joined by -/);
    await expect(generate('task')).rejects.toThrow(/expected one that is new, received plugins\/task-reward/);
  });
});
