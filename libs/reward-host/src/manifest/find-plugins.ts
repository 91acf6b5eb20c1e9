import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import type { PluginManifest } from './manifest';
import { readManifest } from './read-manifest';
import { isFolder, moduleFolders, resolvePluginFolder } from './resolve-folder';

export interface Search {
  /** Names of packages, built-in short names, or folders; a folder without package.json is searched one level deep. */
  readonly sources?: readonly string[];
  /** Also every installed package that has a plugin, of those that a module in `from` can import. */
  readonly installed?: boolean;
  /** Absolute; names and relative folders are looked for from here. */
  readonly from: string;
}

/** A place where a plugin was expected, and why there is none that can be used. */
export interface PluginProblem {
  /** The folder, or the source as given. */
  readonly place: string;
  readonly error: SrvauError;
}

export interface FoundPlugins {
  /** In the order of `sources`, then those installed by id; no id twice. */
  readonly plugins: readonly PluginManifest[];
  readonly problems: readonly PluginProblem[];
}

/** Finds plugins by their manifests. Runs no plugin code, so that one that is broken cannot break the listing. */
export function findPlugins({ sources = [], installed = false, from }: Search): FoundPlugins {
  const byId = new Map<string, PluginManifest>();
  const seen = new Set<string>();
  const problems: PluginProblem[] = [];
  const attempt = (place: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof SrvauError)) throw error;
      problems.push({ place, error });
    }
  };
  const add = (dir: string): void =>
    attempt(dir, () => {
      if (seen.has(dir)) return;
      seen.add(dir);
      const manifest = readManifest(dir);
      const other = byId.get(manifest.id);
      if (other !== undefined) throw duplicateId(manifest, other.dir);
      byId.set(manifest.id, manifest);
    });

  for (const source of sources) {
    attempt(source, () => foldersOf(resolvePluginFolder(source, from)).forEach(add));
  }
  const fromSources = [...byId.values()];
  if (installed) installedFolders(from).forEach(add);
  const rest = [...byId.values()].slice(fromSources.length).sort((a, b) => (a.id < b.id ? -1 : 1));
  return { plugins: [...fromSources, ...rest], problems };
}

/** Two plugins would fill one column. */
export function duplicateId(manifest: Pick<PluginManifest, 'id' | 'dir'>, otherPlace: string): SrvauError {
  const expected = `an id that no other plugin has`;
  const received =
    manifest.dir === otherPlace
      ? `${manifest.id}, which is loaded from there already; to take up a new build, reload it`
      : `${manifest.id}, which is also the id of ${otherPlace}`;
  return SrvauError.mismatch('CONFLICT', `id of ${manifest.dir}`, expected, received, { field: 'id' });
}

function foldersOf(dir: string): string[] {
  if (existsSync(join(dir, 'package.json'))) return [dir];
  const children = childFolders(dir).filter(declaresPlugin);
  if (children.length > 0) return children.map((child) => realpathSync(child));
  throw SrvauError.mismatch('NOT_FOUND', dir, 'a package with a reward plugin, or a folder of such', 'neither');
}

function installedFolders(from: string): string[] {
  return moduleFolders(from)
    .flatMap((modules) => {
      const names = childFolders(modules);
      return names.flatMap((dir) => (/[\\/]@[^\\/]+$/.test(dir) ? childFolders(dir) : [dir]));
    })
    .filter(declaresPlugin)
    .map((dir) => realpathSync(dir));
}

/** A quick look: whether a manifest is right is for readManifest to say. */
function declaresPlugin(dir: string): boolean {
  try {
    const pkg = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { srvau?: { kind?: unknown } } | null;
    return pkg?.srvau?.kind === 'reward-plugin';
  } catch {
    // A folder that is no package, or a broken one of somebody else.
    return false;
  }
}

function childFolders(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => !name.startsWith('.'))
    .map((name) => resolve(dir, name))
    .filter(isFolder)
    .sort();
}
