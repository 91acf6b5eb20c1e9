import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * npm writes `node_modules/.package-lock.json` last, after every package is unpacked and every install script has run.
 * It is therefore both the commit marker of an installation and a list of what is in it, whoever ran npm.
 */
export const HIDDEN_LOCKFILE = join('node_modules', '.package-lock.json');

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [link]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {{packages: Record<string, LockedPackage>}} Lockfile
 */

/**
 * Compares what package-lock.json asks for with what is installed. Optional packages may be absent (they belong to
 * other platforms).
 *
 * @param {Lockfile} wanted package-lock.json
 * @param {Lockfile} installed node_modules/.package-lock.json
 * @returns {string[]} one line a difference; empty when in step
 */
export function lockfileDifferences(wanted, installed) {
  /** @type {string[]} */
  const differences = [];
  for (const [path, want] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const have = installed.packages[path];
    if (have === undefined) {
      if (want.optional !== true) differences.push(`${path} is missing`);
    } else if (have.version !== want.version || have.integrity !== want.integrity) {
      differences.push(`${path} is ${have.version ?? 'linked'}, wanted ${want.version ?? 'linked'}`);
    }
  }
  for (const path of Object.keys(installed.packages)) {
    if (wanted.packages[path] === undefined) differences.push(`${path} is not in package-lock.json`);
  }
  return differences;
}

/**
 * Compares the manifests with what package-lock.json recorded of them, so that an edited package.json is noticed.
 *
 * @param {Lockfile} lock
 * @param {ReadonlyMap<string, LockedPackage>} manifests package.json by directory, '' for the root
 * @returns {string[]}
 */
export function manifestDifferences(lock, manifests) {
  /** @type {string[]} */
  const differences = [];
  for (const [dir, manifest] of manifests) {
    const recorded = lock.packages[dir];
    const file = dir === '' ? 'package.json' : `${dir}/package.json`;
    if (recorded === undefined) {
      differences.push(`${file} is not in package-lock.json`);
      continue;
    }
    for (const kind of /** @type {const} */ (['dependencies', 'devDependencies', 'optionalDependencies'])) {
      if (!sameEntries(manifest[kind] ?? {}, recorded[kind] ?? {})) {
        differences.push(`${kind} of ${file} differ from package-lock.json`);
      }
    }
  }
  return differences;
}

/**
 * Why package-lock.json is not in step with the manifests. Only `npm install` mends this: `npm ci` either refuses or,
 * where the packages happen to be there for somebody else, passes and leaves it.
 *
 * @param {string} root
 * @returns {string[]} empty when in step
 */
export function lockfileDrift(root) {
  const lock = readJson(join(root, 'package-lock.json'));
  if (lock === null) return ['package-lock.json is missing or not readable'];
  /** @type {Map<string, LockedPackage>} */
  const manifests = new Map();
  for (const dir of workspaceDirs(lock)) {
    const manifest = readJson(join(root, dir, 'package.json'));
    if (manifest !== null) manifests.set(dir, manifest);
  }
  return manifestDifferences(lock, manifests);
}

/**
 * @param {string} root
 * @returns {string[]} why node_modules is not in step with package-lock.json and the manifests; empty when it is
 */
export function installDifferences(root) {
  const drift = lockfileDrift(root);
  const wanted = readJson(join(root, 'package-lock.json'));
  const installed = readJson(join(root, HIDDEN_LOCKFILE));
  if (installed === null) return [...drift, 'node_modules is missing or half installed'];
  return wanted === null ? drift : [...drift, ...lockfileDifferences(wanted, installed)];
}

/**
 * Keys of the lock file that are directories of the workspace: '' and all that lie outside node_modules.
 *
 * @param {Lockfile} lock
 */
function workspaceDirs(lock) {
  return Object.keys(lock.packages).filter((path) => !path.split('/').includes('node_modules'));
}

/**
 * @param {string} file
 * @returns {any} null when absent or not JSON
 */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {Record<string, string>} a
 * @param {Record<string, string>} b
 */
function sameEntries(a, b) {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
