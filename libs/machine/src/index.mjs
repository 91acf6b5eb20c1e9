import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkDisk, checkFfmpeg, checkFfprobe, checkNatsServer } from './runtime.mjs';
import { checkCmake, checkCompiler, checkNode, checkNpm, checkPython, verdict } from './toolchain.mjs';
import { checkLibtorch, checkNativeAddon, checkNodeModules, checkTypescriptBuild } from './workspace.mjs';

export { capture } from './capture.mjs';
export { findLibtorch, TORCH_VERSION } from './libtorch.mjs';
export { HIDDEN_LOCKFILE, installDifferences, lockfileDrift } from './lockfile.mjs';
export { installCommand, packageManager, packagesFor } from './packages.mjs';
export { renderTable } from './table.mjs';
export { buildInfoFiles, projectDirs } from './workspace.mjs';

/**
 * Every check, in the order of the table. `build` ones are left out where nothing is built (an installed SRVAU).
 *
 * @type {readonly {name: import('./index.mjs').CheckName, build: boolean,
 *   run: (context: import('./index.mjs').CheckContext) => Promise<import('./index.mjs').Check>}[]}
 */
const CHECKS = [
  { name: 'node', build: false, run: checkNode },
  { name: 'npm', build: true, run: checkNpm },
  { name: 'python3', build: true, run: checkPython },
  { name: 'c++', build: true, run: checkCompiler },
  { name: 'cmake', build: true, run: checkCmake },
  { name: 'ffmpeg', build: false, run: checkFfmpeg },
  { name: 'ffprobe', build: false, run: checkFfprobe },
  { name: 'nats-server', build: false, run: checkNatsServer },
  { name: 'disk', build: false, run: checkDisk },
  { name: 'node_modules', build: true, run: checkNodeModules },
  { name: 'libtorch', build: true, run: checkLibtorch },
  { name: 'typescript build', build: true, run: checkTypescriptBuild },
  { name: 'native addon', build: true, run: checkNativeAddon },
];

/**
 * @param {string} root
 * @param {import('./index.mjs').RunChecksOptions} [options]
 * @returns {Promise<import('./index.mjs').MachineReport>}
 */
export async function runChecks(root, { only, env = process.env } = {}) {
  const isWorkspace = existsSync(join(root, 'package-lock.json'));
  const chosen = CHECKS.filter(({ name, build }) => {
    if (only !== undefined) return only.includes(name);
    // An installed SRVAU that is told where NATS is needs no server of its own.
    if (name === 'nats-server' && !isWorkspace && env['SRVAU_NATS_URL']) return false;
    return isWorkspace || !build;
  });
  const checks = await Promise.all(
    chosen.map(async ({ name, run }) => {
      try {
        return await run({ root, env });
      } catch (error) {
        return verdict(
          name,
          false,
          `check failed: ${error instanceof Error ? error.message : error}`,
          'a check that runs',
          'npm run setup',
        );
      }
    }),
  );
  return { ok: checks.every((check) => check.ok), checks };
}
