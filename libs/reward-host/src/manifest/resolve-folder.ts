import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import type { PluginManifest } from './manifest';

/** The rewards of the paper, by the short names that commands and configurations use for them. */
export const BUILT_IN_PACKAGES: Readonly<Record<string, string>> = {
  task: '@srvau/task-reward',
  reflection: '@srvau/reflection-reward',
  'temporal-iou': '@srvau/temporal-iou-reward',
};

const PACKAGE_NAME = /^(@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*$/i;

/**
 * Finds the folder of a plugin.
 *
 * @param source `task`, `reflection` or `temporal-iou`; the name of a package installed where `from` or this host can
 *   see it; or the path of a folder, taken relative to `from`
 * @param from absolute path of a folder
 * @returns real path of the folder
 * @throws SrvauError NOT_FOUND that lists where it was looked for
 */
export function resolvePluginFolder(source: string, from: string): string {
  const tried: string[] = [];
  const isName = PACKAGE_NAME.test(source);
  if (isName) {
    const name = Object.hasOwn(BUILT_IN_PACKAGES, source) ? (BUILT_IN_PACKAGES[source] ?? source) : source;
    // What the user has installed goes before what this host was installed with.
    for (const start of [from, __dirname]) {
      const found = packageFolder(name, start);
      if (found !== undefined) return found;
    }
    tried.push(`package ${name} above ${from}`);
  }
  const path = resolve(from, source);
  if (isFolder(path)) return realpathSync(path);
  tried.push(`folder ${path}`);
  throw SrvauError.mismatch('NOT_FOUND', `plugin ${source}`, `the ${tried.join(' or the ')}`, 'nothing');
}

/** Whether it is one of the rewards that this host was installed with, which a package of that name alone is not. */
export function isBuiltIn({ dir, package: { name } }: Pick<PluginManifest, 'dir' | 'package'>): boolean {
  return Object.values(BUILT_IN_PACKAGES).includes(name) && packageFolder(name, __dirname) === dir;
}

/**
 * Where Node.js would find the package, found without `require.resolve`, which needs `exports` to name package.json.
 */
function packageFolder(name: string, start: string): string | undefined {
  for (const modules of moduleFolders(start)) {
    const dir = join(modules, name);
    if (existsSync(join(dir, 'package.json'))) return realpathSync(dir);
  }
  return undefined;
}

/** Every `node_modules` that a module in `start` can import from, nearest first. */
export function moduleFolders(start: string): string[] {
  const folders: string[] = [];
  for (let dir = resolve(start); ; dir = dirname(dir)) {
    const modules = join(dir, 'node_modules');
    if (isFolder(modules)) folders.push(modules);
    if (dir === dirname(dir)) return folders;
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
