import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HIDDEN_LOCKFILE, installDifferences, lockfileDrift } from '../../../../libs/machine/src/index.mjs';
import { SetupFailure } from '../failure.mjs';

/** @type {import('../set-up.mjs').Step} */
export const nodeModules = {
  title: 'npm ci',
  needs: ['npm', 'disk'],
  isDone: ({ root }) => installDifferences(root).length === 0,
  make: async ({ root, env, run }) => {
    const drift = lockfileDrift(root);
    if (drift.length > 0) {
      throw new SetupFailure(`package-lock.json is not in step with package.json:\n  ${drift.join('\n  ')}`, {
        fixes: ['npm install'],
      });
    }
    // npm writes this list last. It goes first here, so that a killed npm never looks finished.
    rmSync(join(root, HIDDEN_LOCKFILE), { force: true });
    const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
    // The npm that started us, if one did: there may be several.
    const npmCli = env['npm_execpath']?.endsWith('npm-cli.js') ? env['npm_execpath'] : undefined;
    const [file, before] = npmCli === undefined ? ['npm', []] : [process.execPath, [npmCli]];
    await run(file, [...before, ...args], { fixes: npmFixes });
  },
};

/** @param {string} output */
function npmFixes(output) {
  if (output.includes('EUSAGE')) return ['bring package-lock.json in step with package.json: npm install'];
  if (/ENOSPC/.test(output)) return ['free space on the disk'];
  return ['check that npm reaches its registry: npm ping'];
}
