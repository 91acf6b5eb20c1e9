import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { capture } from './capture.mjs';
import { findLibtorch, TORCH_VERSION } from './libtorch.mjs';
import { installDifferences, lockfileDrift } from './lockfile.mjs';
import { verdict } from './toolchain.mjs';

/**
 * What set-up leaves in a workspace: packages, libtorch, builds. The fix is always set-up itself.
 *
 * @typedef {import('./index.mjs').Check} Check
 * @typedef {import('./index.mjs').CheckContext} CheckContext
 */

const SETUP = 'npm run setup';

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkNodeModules({ root }) {
  const [first, ...more] = installDifferences(root);
  const found = first === undefined ? 'in step' : `${first}${more.length > 0 ? ` and ${more.length} more` : ''}`;
  const fix = lockfileDrift(root).length > 0 ? 'npm install' : SETUP;
  return verdict('node_modules', first === undefined, found, 'in step with package-lock.json', fix);
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkLibtorch({ root, env }) {
  const wanted = `libtorch ${TORCH_VERSION} or newer, in LIBTORCH or .venv`;
  const { problem, source, version, cuda } = findLibtorch(root, env);
  const fix =
    source === 'LIBTORCH' ? 'point LIBTORCH at an unpacked libtorch, or unset it and run: npm run setup' : SETUP;
  const found = problem || `${version?.join('.')} ${cuda ? 'CUDA' : 'CPU'} (${source})`;
  return verdict('libtorch', problem === '', found, wanted, fix);
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkTypescriptBuild({ root }) {
  const projects = buildInfoFiles(root);
  const missing = projects.filter((file) => !existsSync(file));
  const found =
    missing.length === 0
      ? `${projects.length} projects built`
      : `${missing.length} of ${projects.length} projects not built, e.g. ${relative(root, missing[0] ?? '')}`;
  return verdict('typescript build', missing.length === 0, found, 'every project of tsconfig.json built', SETUP);
}

/**
 * The file tsc writes last in each project that the root tsconfig.json refers to: the marker of a finished build.
 *
 * @param {string} root
 * @returns {string[]} absolute paths
 */
export function buildInfoFiles(root) {
  return projectDirs(root).map((dir) => {
    const config = JSON.parse(readFileSync(join(dir, 'tsconfig.json'), 'utf8'));
    return join(dir, config.compilerOptions.tsBuildInfoFile);
  });
}

/**
 * @param {string} root
 * @returns {string[]} absolute directories of the projects that the root tsconfig.json refers to
 */
export function projectDirs(root) {
  /** @type {{references: {path: string}[]}} */
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references.map(({ path }) => join(root, path));
}

/**
 * Loads the addon in a child process: a library that does not fit this machine may end the process that loads it.
 *
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkNativeAddon({ root, env }) {
  const wanted = '@srvau/native loads';
  const script = `
    try {
      console.log(JSON.stringify(require(${JSON.stringify(join(root, 'native'))}).runtimeInfo()));
    } catch (error) {
      console.error(error.message.split('\\n')[0]);
      process.exit(1);
    }`;
  const { ok, stdout, problem } = await capture(process.execPath, ['-e', script], { env });
  if (!ok) return verdict('native addon', false, problem, wanted, SETUP);
  const info = JSON.parse(stdout);
  return verdict('native addon', true, `libtorch ${info.torchVersion}, ${devicesOf(info)}`, wanted, SETUP);
}

/**
 * @param {{cpuCapability: string, cudaCompiled: boolean, cudaDeviceNames: string[]}} info
 * @returns {string}
 */
function devicesOf({ cpuCapability, cudaCompiled, cudaDeviceNames }) {
  const cpu = `CPU ${cpuCapability}`;
  if (!cudaCompiled) return `${cpu}, built without CUDA`;
  const gpus = cudaDeviceNames.map((name, i) => `cuda:${i} ${name}`);
  return [cpu, ...(gpus.length > 0 ? gpus : ['built with CUDA, no CUDA device'])].join(', ');
}
