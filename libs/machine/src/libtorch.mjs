import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { atLeast, formatVersion } from './versions.mjs';

/** The release that set-up installs and that the native sources are tested with. */
export const TORCH_VERSION = '2.13.0';

/** @type {import('./index.mjs').Version} */
const TORCH_LEAST = [2, 13, 0];

/**
 * Finds libtorch: an already set LIBTORCH wins, then the Python environment that set-up makes.
 *
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('./index.mjs').Libtorch}
 */
export function findLibtorch(root, env = process.env) {
  const given = env['LIBTORCH'] || undefined;
  const source = given === undefined ? '.venv' : 'LIBTORCH';
  const dir = given === undefined ? inVenv(root) : resolve(root, given);
  if (dir === null) return { dir, source, version: null, cuda: false, problem: 'not found' };
  if (source === '.venv' && !isInstalled(dir)) {
    return { dir, source, version: null, cuda: false, problem: 'half installed' };
  }

  const library = ['lib/libtorch_cpu.so', 'lib/libtorch_cpu.dylib'].find((name) => existsSync(join(dir, name)));
  const headers = join(dir, 'include/torch/headeronly/version.h');
  const cuda = existsSync(join(dir, 'lib/libtorch_cuda.so'));
  if (library === undefined || !existsSync(headers)) {
    return { dir, source, version: null, cuda, problem: `${dir} holds no libtorch with headers` };
  }
  const version = headerVersion(readFileSync(headers, 'utf8'));
  const problem =
    version !== null && atLeast(version, TORCH_LEAST)
      ? ''
      : `${dir} holds libtorch ${version === null ? 'of unknown version' : formatVersion(version)}`;
  return { dir, source, version, cuda, problem };
}

/** @param {string} root */
function inVenv(root) {
  const lib = join(root, '.venv', 'lib');
  if (!existsSync(lib)) return null;
  const found = readdirSync(lib)
    .filter((name) => name.startsWith('python3'))
    .map((name) => join(lib, name, 'site-packages', 'torch'))
    .find((dir) => existsSync(dir));
  return found ?? null;
}

/**
 * pip writes `INSTALLER` only after it has unpacked every file of a wheel.
 *
 * @param {string} dir site-packages/torch
 */
function isInstalled(dir) {
  const sitePackages = dirname(dir);
  return readdirSync(sitePackages).some(
    (name) => /^torch-\d.*\.dist-info$/.test(name) && existsSync(join(sitePackages, name, 'INSTALLER')),
  );
}

/**
 * @param {string} header text of torch/headeronly/version.h
 * @returns {import('./index.mjs').Version | null}
 */
function headerVersion(header) {
  const [major, minor, patch] = ['MAJOR', 'MINOR', 'PATCH'].map((part) => {
    const match = new RegExp(`#define TORCH_VERSION_${part} (\\d+)`).exec(header);
    return match === null ? Number.NaN : Number(match[1]);
  });
  if (major === undefined || minor === undefined || patch === undefined) return null;
  return Number.isNaN(major + minor + patch) ? null : [major, minor, patch];
}
