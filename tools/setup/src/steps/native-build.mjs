import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findLibtorch } from '../../../../libs/machine/src/index.mjs';
import { hashInputs, Stamp } from '../stamp.mjs';

const SOURCES = ['native/CMakeLists.txt', 'native/cmake', 'native/core', 'native/binding', 'native/package.json'];

/** @type {import('../set-up.mjs').Step} */
export const nativeBuild = {
  title: 'native build',
  needs: ['c++', 'cmake', 'disk'],
  isDone: ({ root, env }) => {
    const [identity, inputs] = stamps(root);
    return (
      existsSync(join(root, 'native/build/srvau_native.node')) &&
      identity.read() === identityOf(root, env) &&
      inputs.read() === hashInputs(root, SOURCES)
    );
  },
  make: async ({ root, env, run }) => {
    const [identity, inputs] = stamps(root);
    // CMake remembers absolute paths; a checkout that moved, or another libtorch, begins afresh.
    if (identity.read() !== identityOf(root, env)) rmSync(join(root, 'native/build'), { recursive: true, force: true });
    inputs.clear();
    const made = hashInputs(root, SOURCES);
    const { dir } = findLibtorch(root, env);
    await run('cmake', [
      '-S',
      'native',
      '-B',
      'native/build',
      `-DLIBTORCH=${dir}`,
      `-DNODE_EXECUTABLE=${process.execPath}`,
    ]);
    identity.write(identityOf(root, env));
    // The core's own test programs take as long again; npm test builds them when it needs them.
    await run('cmake', ['--build', 'native/build', '-j', '2', '--target', 'srvau_native']);
    inputs.write(made);
  },
};

/** @param {string} root */
function stamps(root) {
  return /** @type {const} */ ([
    new Stamp(join(root, 'native/build/.identity')),
    new Stamp(join(root, 'native/build/.inputs')),
  ]);
}

/**
 * What a CMake build folder cannot outlive.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
function identityOf(root, env) {
  const { dir, version, cuda } = findLibtorch(root, env);
  const parts = [root, dir, version, cuda, process.platform, process.arch, env['CXX'] ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
