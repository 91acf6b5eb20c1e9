import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * What provides each need, by package manager. Only managers whose packages were tried are named; elsewhere the fix
 * says what to look for.
 *
 * @type {Record<string, {apt?: string, brew?: string, other: string}>}
 */
const PROVIDERS = {
  python3: { apt: 'python3 python3-venv', brew: 'python@3.12', other: 'Python 3.9 or newer with venv and pip' },
  venv: { apt: 'python3-venv python3-pip', brew: 'python@3.12', other: 'the venv and pip modules of Python' },
  compiler: { apt: 'g++', brew: 'llvm', other: 'g++ 11 or clang++ 14, or newer' },
  cmake: { apt: 'cmake', brew: 'cmake', other: 'CMake 3.21 or newer' },
  ffmpeg: { apt: 'ffmpeg', brew: 'ffmpeg', other: 'ffmpeg 5 or newer, built with libx264' },
  'nats-server': { apt: 'nats-server', brew: 'nats-server', other: 'nats-server 2.9 or newer' },
};

/** @typedef {'apt' | 'brew' | 'other'} PackageManager */

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {PackageManager}
 */
export function packageManager(env = process.env) {
  if (process.platform === 'linux' && inPath('apt-get', env)) return 'apt';
  if (process.platform === 'darwin') return 'brew';
  return 'other';
}

/**
 * Packages of the given manager that provide a need, or null where that manager has none.
 *
 * @param {string} need a key of PROVIDERS
 * @param {PackageManager} manager
 * @returns {string[] | null}
 */
export function packagesFor(need, manager) {
  const provider = PROVIDERS[need];
  if (provider === undefined || manager === 'other') return null;
  return provider[manager]?.split(' ') ?? null;
}

/**
 * The exact command that brings the needs, or, without a package manager known to us, what to look for.
 *
 * @param {readonly string[]} needs
 * @param {PackageManager} manager
 * @param {{asRoot?: boolean}} [options]
 */
export function installCommand(needs, manager, { asRoot = process.getuid?.() === 0 } = {}) {
  const packages = [...new Set(needs.flatMap((need) => packagesFor(need, manager) ?? []))];
  if (manager === 'apt') return `${asRoot ? '' : 'sudo '}apt-get install -y ${packages.join(' ')}`;
  if (manager === 'brew') return `brew install ${packages.join(' ')}`;
  return `install ${needs.map((need) => PROVIDERS[need]?.other ?? need).join('; ')}`;
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
function inPath(name, env) {
  return (env['PATH'] ?? '').split(delimiter).some((dir) => {
    if (dir === '') return false;
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
