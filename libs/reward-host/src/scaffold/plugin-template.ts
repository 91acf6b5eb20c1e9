import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, PLUGIN_ID, SrvauError } from '@srvau/contracts';
import { SDK_VERSION } from '@srvau/reward-sdk';
import { MAX_PLUGIN_ID_CHARS, PLUGIN_ID_FORM } from '../manifest/manifest-fields';

/** `workspace`: a package under `plugins/` of the SRVAU repository. `standalone`: a package of its own, anywhere. */
export type TemplateKind = 'workspace' | 'standalone';

export interface PluginTemplate {
  /** Of the package. */
  readonly name: string;
  /** Folder that it is usually put into: `<id>-reward`. */
  readonly folder: string;
  /** Text by path relative to that folder, with `/`. */
  readonly files: Readonly<Record<string, string>>;
}

const TEMPLATE = join(__dirname, '..', '..', 'template');
const SUFFIX = '.tmpl';
/** Not a file of the package: a part of its README. */
const COMMANDS = 'commands.md';

/**
 * The files of a new plugin, which builds and passes the conformance kit as it is. This is the one place that knows
 * them: `srvau plugin new` and the nx generator both write what it returns.
 *
 * @throws SrvauError INVALID_REQUEST for an id that a plugin may not have
 */
export function pluginTemplate(id: string, kind: TemplateKind): PluginTemplate {
  if (!PLUGIN_ID.test(id) || id.length > MAX_PLUGIN_ID_CHARS) {
    const expected = `${PLUGIN_ID_FORM}, at most ${MAX_PLUGIN_ID_CHARS} characters`;
    throw SrvauError.mismatch('INVALID_REQUEST', 'id of the plugin', expected, describe(id), { field: 'id' });
  }
  const folder = `${id}-reward`;
  const name = kind === 'workspace' ? `@srvau/${folder}` : folder;
  const values = { id, name, class: pascalCase(id), sdkVersion: SDK_VERSION, path: `plugins/${folder}` };
  const { [COMMANDS]: commands = '', ...own } = filesIn(join(TEMPLATE, kind));
  const all = { ...filesIn(join(TEMPLATE, 'common')), ...own };
  const files = Object.entries(all).map(([path, text]) => [
    path,
    fill(text, { ...values, commands: fill(commands, values) }),
  ]);
  return { name, folder, files: Object.fromEntries(files) as Record<string, string> };
}

function filesIn(dir: string): Record<string, string> {
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(SUFFIX))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths.map((path) => {
      const name = relative(dir, path).slice(0, -SUFFIX.length).split(sep).join('/');
      return [name, readFileSync(path, 'utf8')];
    }),
  );
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template names {{${name}}}, which nothing fills`);
    return value;
  });
}

const pascalCase = (id: string): string => id.replace(/(^|-)(.)/g, (_, _dash, first: string) => first.toUpperCase());
