import { readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { describe, isObject, type JsonObject, parseDto, parseJson, SrvauError } from '@srvau/contracts';
import { SDK_VERSION } from '@srvau/reward-sdk';
import { satisfies, validRange } from 'semver';
import type { ModuleManifest, NatsManifest, PluginManifest } from './manifest';
import { ModuleFields, NatsFields } from './manifest-fields';

/**
 * Reads what the package in `dir` says about its plugin. Runs none of its code.
 *
 * @param dir absolute
 * @throws SrvauError NOT_FOUND where there is no package, INVALID_JSON, UNPROCESSABLE naming each wrong field
 */
export function readManifest(dir: string): PluginManifest {
  const file = join(dir, 'package.json');
  const pkg = readPackage(file);
  const fields = pkg['srvau'];
  if (!isObject(fields)) {
    throw SrvauError.mismatch('UNPROCESSABLE', `${file}: srvau`, 'the manifest of a reward plugin', describe(fields));
  }
  const common = {
    dir: realpathSync(dir),
    package: { name: text(pkg['name'], 'name', file), version: text(pkg['version'], 'version', file) },
  };
  const what = `${file}: srvau`;
  return 'transport' in fields ? readNats(fields, common, pkg, what) : readModule(fields, common, pkg, what);
}

type Common = Pick<PluginManifest, 'dir' | 'package'>;

function readModule(fields: JsonObject, common: Common, pkg: JsonObject, what: string): ModuleManifest {
  const { id, sdk, entry } = parseDto(ModuleFields, fields, what, 'UNPROCESSABLE');
  checkSdk(sdk, what);
  const summary = optionalText(pkg['description']);
  return { transport: 'module', id, sdk, ...common, summary, entry: realEntry(entry, common, what) };
}

function readNats(fields: JsonObject, common: Common, pkg: JsonObject, what: string): NatsManifest {
  const read = parseDto(NatsFields, fields, what, 'UNPROCESSABLE');
  checkSdk(read.sdk, what);
  const { min, max } = read.range;
  if (min > max) {
    throw SrvauError.mismatch('UNPROCESSABLE', `${what}.range`, 'min at most max', `min ${min} and max ${max}`);
  }
  return {
    ...{ transport: 'nats', id: read.id, sdk: read.sdk, ...common },
    summary: read.summary ?? optionalText(pkg['description']),
    ...{ scoreVersion: read.scoreVersion, scope: read.scope, range: { min, max }, needs: read.needs ?? [] },
    ...(read.options === undefined ? {} : { optionsSchema: read.options }),
  };
}

function readPackage(file: string): JsonObject {
  let json: string;
  try {
    json = readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const received = code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : code;
    throw SrvauError.mismatch('NOT_FOUND', file, 'the package.json of a reward plugin', received, { cause });
  }
  const value = parseJson(json, file);
  if (!isObject(value)) throw SrvauError.mismatch('INVALID_JSON', file, 'a JSON object', describe(value));
  return value;
}

function checkSdk(sdk: string, what: string): void {
  const where = `${what}.sdk`;
  if (validRange(sdk) === null) {
    throw SrvauError.mismatch('UNPROCESSABLE', where, 'a semver range, e.g. ^1.0.0', describe(sdk));
  }
  if (!satisfies(SDK_VERSION, sdk)) {
    const expected = `a range that holds ${SDK_VERSION}, the version of the reward SDK here`;
    throw SrvauError.mismatch('UNPROCESSABLE', where, expected, describe(sdk));
  }
}

/** Followed through links, so that what is checked to be inside is what is loaded. */
function realEntry(entry: string, { dir }: Common, what: string): string {
  const where = `${what}.entry`;
  const path = resolve(dir, entry);
  requireInside(path, dir, where, entry);
  let real: string;
  try {
    real = realpathSync(path);
  } catch (cause) {
    const received = `${describe(entry)}, which is not there; is the package built?`;
    throw SrvauError.mismatch('UNPROCESSABLE', where, 'a file of the package', received, { cause });
  }
  requireInside(real, dir, where, entry);
  return real;
}

function requireInside(path: string, dir: string, where: string, entry: string): void {
  const inside = relative(dir, path);
  if (inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && resolve(dir, inside) === path) return;
  throw SrvauError.mismatch('UNPROCESSABLE', where, 'a file inside the package', `${describe(entry)}, outside of it`);
}

function text(value: unknown, field: string, file: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw SrvauError.mismatch('UNPROCESSABLE', `${file}: ${field}`, 'a text', describe(value));
}

const optionalText = (value: unknown): string => (typeof value === 'string' ? value : '');
