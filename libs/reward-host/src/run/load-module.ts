import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { describe, SrvauError } from '@srvau/contracts';
import { isRewardPlugin, type RewardPlugin } from '@srvau/reward-sdk';
import type { ModuleManifest } from '../manifest/manifest';
import { failureText } from './failure-text';

let loads = 0;

/**
 * Runs a plugin's module and returns what `defineRewardPlugin` made there.
 *
 * @param fresh runs the code anew even where it has run before in this process. CommonJS: every file of the package.
 *   ES modules: the entry alone, since Node.js keeps what it imports for the life of the process; a plugin of
 *   several ES modules is reloaded wholly in a child process, which is new.
 * @throws SrvauError UNPROCESSABLE: it throws, has a syntax error, exports something else, or another id
 */
export async function loadModule(manifest: ModuleManifest, { fresh }: { fresh: boolean }): Promise<RewardPlugin> {
  const { entry, id, dir } = manifest;
  let exported: unknown;
  try {
    exported = await run(entry, fresh ? dir : undefined);
  } catch (cause) {
    throw SrvauError.mismatch('UNPROCESSABLE', `plugin ${id} (${entry})`, 'a module that loads', failureText(cause), {
      cause,
    });
  }
  const plugin = candidates(exported).find(isRewardPlugin);
  if (plugin === undefined) {
    const expected = 'a default export made by defineRewardPlugin';
    throw SrvauError.mismatch('UNPROCESSABLE', `plugin ${id} (${entry})`, expected, describe(exported));
  }
  if (plugin.id !== id) {
    const where = `plugin ${id} (${entry}): id`;
    throw SrvauError.mismatch('UNPROCESSABLE', where, `${describe(id)} as in package.json`, describe(plugin.id));
  }
  return plugin;
}

async function run(entry: string, purge: string | undefined): Promise<unknown> {
  const require = createRequire(entry);
  if (purge !== undefined) forget(require, purge);
  try {
    const exported: unknown = require(entry);
    if (purge === undefined || !types.isModuleNamespaceObject(exported)) return exported;
  } catch (error) {
    if (!NEEDS_IMPORT.has((error as NodeJS.ErrnoException | null)?.code ?? '')) throw error;
  }
  loads += 1;
  // A query makes it another module to Node.js, which so runs it again.
  return (await import(`${pathToFileURL(entry).href}${purge === undefined ? '' : `?load=${loads}`}`)) as unknown;
}

/** ES modules that `require` cannot load: those with await at the top level. */
const NEEDS_IMPORT: ReadonlySet<string> = new Set(['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE']);

/** Forgets the package's own files, not what it depends on: the SDK must stay the one that is running. */
function forget(require: NodeJS.Require, dir: string): void {
  for (const file of Object.keys(require.cache)) {
    const inside = file.startsWith(`${dir}${sep}`) ? file.slice(dir.length) : undefined;
    if (inside !== undefined && !inside.includes(`${sep}node_modules${sep}`)) delete require.cache[file];
  }
}

/** The default export, of which ES modules compiled to CommonJS have one inside the other. */
function candidates(exported: unknown): unknown[] {
  const inner = defaultOf(exported);
  return [inner, defaultOf(inner), exported];
}

const defaultOf = (value: unknown): unknown =>
  value !== null && (typeof value === 'object' || typeof value === 'function')
    ? (value as { default?: unknown }).default
    : undefined;
