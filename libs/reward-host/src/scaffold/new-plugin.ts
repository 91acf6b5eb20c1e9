import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { pluginTemplate, type TemplateKind } from './plugin-template';

export interface NewPlugin {
  /** Absolute. */
  readonly dir: string;
  readonly name: string;
  readonly kind: TemplateKind;
  /** Relative to `dir`. */
  readonly files: readonly string[];
}

/**
 * Writes the package of a new plugin.
 *
 * @param cwd absolute
 * @param out folder to write, relative to `cwd`; by default `plugins/<id>-reward` in a checkout of SRVAU, elsewhere
 *   `<id>-reward` in `cwd`
 * @throws SrvauError INVALID_REQUEST for the id, CONFLICT where something is in the folder already
 */
export function newPlugin(id: string, { cwd, out }: { readonly cwd: string; readonly out?: string }): NewPlugin {
  const root = workspaceAbove(out === undefined ? cwd : resolve(cwd, out));
  const parent = root === undefined ? undefined : join(root, 'plugins');
  const kind =
    parent !== undefined && (out === undefined || dirname(resolve(cwd, out)) === parent) ? 'workspace' : 'standalone';
  const { name, folder, files } = pluginTemplate(id, kind);
  const dir = out === undefined ? join(parent ?? cwd, folder) : resolve(cwd, out);
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw SrvauError.mismatch('CONFLICT', 'folder of the new plugin', 'one that is new or empty', dir, {
      field: 'out',
    });
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  if (kind === 'workspace' && root !== undefined) {
    const config = join(root, 'tsconfig.json');
    const path = relative(root, dir).split(sep).join('/');
    writeFileSync(config, withReference(readFileSync(config, 'utf8'), path));
  }
  return { dir, name, kind, files: Object.keys(files).sort() };
}

/** The root tsconfig.json with the package among what `tsc -b` builds. */
export function withReference(tsconfig: string, path: string): string {
  const config = JSON.parse(tsconfig) as { references: { path: string }[] };
  if (config.references.some((reference) => reference.path === path)) return tsconfig;
  // After the last plugin: what comes later may need it.
  const last = config.references.findLastIndex((reference) => reference.path.startsWith('plugins/'));
  config.references.splice(last + 1, 0, { path });
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Root of the checkout of SRVAU that `dir` is in. */
function workspaceAbove(dir: string): string | undefined {
  for (let at = dir; ; at = dirname(at)) {
    if (existsSync(join(at, 'libs/reward-sdk/package.json')) && existsSync(join(at, 'nx.json'))) return at;
    if (at === dirname(at)) return undefined;
  }
}
