import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusal } from '@srvau/contracts/test/refusal';
import { PluginFolder } from '../../test/plugins';
import { findPlugins } from './find-plugins';
import { readManifest } from './read-manifest';
import { BUILT_IN_PACKAGES, isBuiltIn, resolvePluginFolder } from './resolve-folder';

let folder: PluginFolder;
beforeEach(() => (folder = new PluginFolder()));
afterEach(() => folder[Symbol.dispose]());

/** Code that must not run when a manifest is read. */
const HOSTILE = `throw new Error('code was run')`;

describe('readManifest', () => {
  it('reads a plugin in JavaScript without running it', () => {
    const dir = folder.add('p', HOSTILE);
    expect(readManifest(dir)).toEqual({
      ...{ transport: 'module', id: 'sample', sdk: '^1.0.0', dir, summary: '', entry: join(dir, 'index.js') },
      package: { name: 'p', version: '1.2.3' },
    });
  });

  it('reads a plugin that is reached over NATS', () => {
    const srvau = {
      ...{ kind: 'reward-plugin', id: 'far', sdk: '1.x', transport: 'nats', scoreVersion: 2, scope: 'group' },
      ...{ range: { min: -1, max: 1 }, needs: ['label'], summary: 'In Python.' },
    };
    const dir = folder.write('far', { 'package.json': JSON.stringify({ name: 'far', version: '0.0.1', srvau }) });
    expect(readManifest(dir)).toEqual({
      ...{ transport: 'nats', id: 'far', sdk: '1.x', dir, package: { name: 'far', version: '0.0.1' } },
      ...{ summary: 'In Python.', scoreVersion: 2, scope: 'group', range: { min: -1, max: 1 }, needs: ['label'] },
    });
  });

  const nats = { entry: undefined, transport: 'nats', scoreVersion: 1, scope: 'sample', range: { min: 0, max: 1 } };
  it.each<[string, object, string]>([
    ['another kind', { kind: 'plugin' }, 'srvau: kind: expected "reward-plugin", received "plugin" (string)'],
    ['no id', { id: undefined }, 'id: expected'],
    ['a bad id', { id: 'My_Plugin' }, 'id: expected lower-case words joined by -, e.g. brevity'],
    ['an unknown field', { entri: './x.js' }, 'entri: expected no such field, received "./x.js" (string)'],
    ['no range of SDKs', { sdk: 'new' }, 'sdk: expected a semver range, e.g. ^1.0.0, received "new" (string)'],
    [
      'a range without this SDK',
      { sdk: '^2.0.0' },
      'sdk: expected a range that holds 1.0.0, the version of the reward SDK here, received "^2.0.0" (string)',
    ],
    ['no entry', { entry: undefined }, 'entry: expected'],
    [
      'an entry that is not there',
      { entry: './dist/index.js' },
      '"./dist/index.js" (string), which is not there; is the package built?',
    ],
    [
      'an entry outside',
      { entry: './../other.js' },
      'expected a file inside the package, received "./../other.js" (string), outside of it',
    ],
    ['an absolute entry', { entry: '/etc/passwd' }, 'entry: expected a path in the package that begins with ./'],
    ['an entry through a link to the outside', { entry: './link.js' }, 'a file inside the package'],
    ['a transport of its own', { ...nats, transport: 'http' }, 'transport: expected "nats"'],
    ['NATS and no version', { ...nats, scoreVersion: 0 }, 'scoreVersion: expected at least 1'],
    ['NATS and no range', { ...nats, range: undefined }, 'range: expected'],
    [
      'NATS and a reversed range',
      { ...nats, range: { min: 2, max: 1 } },
      'range: expected min at most max, received min 2 and max 1',
    ],
    ['NATS and an entry', { ...nats, entry: './index.js' }, 'entry: expected no such field'],
  ])('refuses %s', (_what, manifest, message) => {
    const dir = folder.add('p', HOSTILE, { ...manifest });
    writeFileSync(join(folder.path, 'other.js'), '');
    symlinkSync(join(folder.path, 'other.js'), join(dir, 'link.js'));
    const error = refusal(() => readManifest(dir));
    expect(error.code).toBe('UNPROCESSABLE');
    expect(error.message).toContain(message);
    expect(error.message).toContain(join(dir, 'package.json'));
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      'no package.json',
      { 'index.js': '' },
      'NOT_FOUND',
      'expected the package.json of a reward plugin, received nothing',
    ],
    ['no JSON', { 'package.json': '{"name":' }, 'INVALID_JSON', 'expected JSON, received'],
    [
      'JSON of another form',
      { 'package.json': '[]' },
      'INVALID_JSON',
      'expected a JSON object, received an array of 0',
    ],
    [
      'no manifest',
      { 'package.json': '{"name":"p"}' },
      'UNPROCESSABLE',
      'srvau: expected the manifest of a reward plugin, received nothing',
    ],
    [
      'no name',
      { 'package.json': '{"srvau":{"kind":"reward-plugin"}}' },
      'UNPROCESSABLE',
      'package.json: name: expected a text, received nothing',
    ],
  ])('refuses %s', (_what, files, code, message) => {
    const dir = folder.write('p', files);
    const error = refusal(() => readManifest(dir));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });
});

describe('resolvePluginFolder', () => {
  it('finds folders and installed packages, also those whose exports hide package.json', () => {
    const dir = folder.add('p', HOSTILE);
    const installed = folder.write('node_modules/@they/reward', {
      'package.json': JSON.stringify({ name: '@they/reward', exports: './index.js' }),
    });
    mkdirSync(join(folder.path, 'deep/er'), { recursive: true });
    expect(resolvePluginFolder('./p', folder.path)).toBe(dir);
    expect(resolvePluginFolder('p', folder.path)).toBe(dir);
    expect(resolvePluginFolder(dir, '/')).toBe(dir);
    expect(resolvePluginFolder('@they/reward', join(folder.path, 'deep/er'))).toBe(installed);
  });

  it('finds the built-ins by their short names from anywhere', () => {
    for (const [short, name] of Object.entries(BUILT_IN_PACKAGES)) {
      const dir = resolvePluginFolder(short, folder.path);
      expect(resolvePluginFolder(name, folder.path)).toBe(dir);
      expect(isBuiltIn({ dir, package: { name, version: '0.1.0' } })).toBe(true);
      expect(isBuiltIn({ dir: folder.path, package: { name, version: '0.1.0' } })).toBe(false);
    }
  });

  it('says where it looked', () => {
    const error = refusal(() => resolvePluginFolder('@they/gone', folder.path));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toContain(
      `the package @they/gone above ${folder.path} or the folder ${folder.path}/@they/gone`,
    );
    expect(refusal(() => resolvePluginFolder('./gone', folder.path)).message).not.toContain('package');
  });
});

describe('findPlugins', () => {
  it('lists sources in their order, folders of packages, then what is installed', () => {
    folder.add('many/b', HOSTILE, { id: 'b' });
    folder.add('many/a', HOSTILE, { id: 'a' });
    folder.write('many/notes', { 'readme.txt': '' });
    folder.add('z', HOSTILE, { id: 'z' });
    folder.add('node_modules/installed', HOSTILE, { id: 'installed' });
    folder.add('node_modules/@they/scoped', HOSTILE, { id: 'scoped' });
    folder.write('node_modules/plain', { 'package.json': '{"name":"plain"}' });
    const found = findPlugins({ sources: ['./z', './many', 'installed'], installed: true, from: folder.path });
    expect(found.plugins.map(({ id }) => id)).toEqual(['z', 'a', 'b', 'installed', 'scoped']);
    expect(found.problems).toEqual([]);
  });

  it('goes on past what is broken, and says of each what is wrong', () => {
    const one = folder.add('one', HOSTILE);
    const two = folder.add('two', HOSTILE);
    const broken = folder.add('broken', HOSTILE, { sdk: '^9.0.0' });
    const empty = folder.write('empty/sub', { 'readme.txt': '' });
    const found = findPlugins({
      sources: ['./broken', './one', './two', './gone', './empty', './one'],
      from: folder.path,
    });
    expect(found.plugins.map(({ dir }) => dir)).toEqual([one]);
    expect(found.problems.map(({ place, error }) => [place, error.code])).toEqual([
      [broken, 'UNPROCESSABLE'],
      [two, 'CONFLICT'],
      ['./gone', 'NOT_FOUND'],
      ['./empty', 'NOT_FOUND'],
    ]);
    expect(found.problems[1]?.error.message).toContain(`which is also the id of ${one}`);
    expect(found.problems[3]?.error.message).toContain(join(empty, '..'));
  });
});
