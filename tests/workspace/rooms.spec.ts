import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPackages, ROOMS } from '../../tools/lint/rooms.mjs';

const root = join(__dirname, '../..');

interface Finding {
  ruleId: string | null;
  message: string;
}

/** Through the real ESLint, in a process of its own: its configuration is an ES module, which jest cannot load. */
function lint(texts: { file: string; text: string }[]): Finding[][] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'lint-texts.mjs')], {
    cwd: root,
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`ESLint did not run: ${stderr}`);
  return JSON.parse(stdout) as Finding[][];
}

describe('the rule between rooms', () => {
  const forbidden = [
    ['an app imports an app', 'apps/dataset/src/x.ts', "import { a } from '@srvau/reward';"],
    ['a lib imports an app', 'libs/storage/src/x.ts', "import { a } from '@srvau/dataset';"],
    ['video imports storage', 'libs/video/src/x.ts', "import { a } from '@srvau/storage';"],
    ['contracts import anything', 'libs/contracts/src/x.ts', "import { a } from '@srvau/machine';"],
    ['the command line imports a service', 'apps/cli/src/x.ts', "import { a } from '@srvau/dataset';"],
    ['anything imports tools', 'libs/video/src/x.ts', "import { a } from '@srvau/bench';"],
    ['a spec imports what its room may not', 'libs/video/src/x.spec.ts', "import { a } from '@srvau/storage';"],
    ['a file inside a package is meant', 'libs/video/src/x.ts', "import { a } from '@srvau/storage/dist/x';"],
    ['a type is imported', 'libs/video/src/x.ts', "import type { A } from '@srvau/storage';"],
    ['a type is imported in place', 'libs/video/src/x.ts', "export type A = import('@srvau/storage').A;"],
    ['names are passed on', 'libs/video/src/x.ts', "export { a } from '@srvau/storage';"],
    ['all is passed on', 'libs/video/src/x.ts', "export * from '@srvau/storage';"],
    ['the import is dynamic', 'libs/video/src/x.ts', "export const a = import('@srvau/storage');"],
    ['the name is a template', 'libs/video/src/x.ts', 'export const a = import(`@srvau/storage`);'],
    ['the import is a require', 'libs/video/src/x.ts', "import a = require('@srvau/storage'); export { a };"],
    ['the file is CommonJS', 'libs/video/src/x.cjs', "module.exports = require('@srvau/storage');"],
    ['only its place is asked for', 'libs/video/src/x.cjs', "module.exports = require.resolve('@srvau/storage');"],
    ['a spec mocks it', 'libs/video/src/x.spec.ts', "jest.mock('@srvau/storage');"],
  ] as const;

  const escaping = [
    ['to another package', 'libs/video/src/deep/x.ts', "import { a } from '../../../storage/src/index';"],
    ['to an allowed package', 'libs/video/src/x.ts', "import { a } from '../../contracts/src';"],
    ['to tools', 'apps/dataset/src/x.ts', "import { a } from '../../../tools/lint/rooms.mjs';"],
    ['to the root', 'apps/dataset/src/x.ts', "import a from '../../../package.json';"],
    ['by an absolute path', 'apps/dataset/src/x.ts', "import a from '/etc/hosts';"],
  ] as const;

  const allowed = [
    ['messaging to contracts', 'libs/messaging/src/x.ts', "import { a } from '@srvau/contracts'; export const b = a;"],
    ['an app to its libs', 'apps/dataset/src/x.ts', "import { a } from '@srvau/video'; export const b = a;"],
    ['within a package', 'libs/video/src/deep/x.ts', "import { a } from '../y'; export const b = a;"],
    ['a package to itself by name', 'libs/video/src/x.ts', "import { a } from '@srvau/video'; export const b = a;"],
    ['other people’s packages', 'libs/video/src/x.ts', "import { a } from 'rxjs'; export const b = a;"],
    ['a bench to anything', 'tools/bench/src/x.ts', "import { a } from '@srvau/video'; export const b = a;"],
    ['a test to anything', 'tests/e2e/x.e2e.ts', "import { a } from '@srvau/dataset'; export const b = a;"],
    [
      'set-up, which runs before packages are linked',
      'tools/setup/src/x.mjs',
      "import '../../../libs/machine/src/index.mjs';",
    ],
  ] as const;

  const lost = [
    ['is in no package', 'libs/stray.ts', 'export {};', /expected this file in a package with a room/],
    ['imports a package that is not there', 'libs/video/src/x.ts', "import '@srvau/absent';", /in no package of this/],
    [
      'tries to switch the rule off',
      'libs/video/src/x.ts',
      "/* eslint-disable */\nimport '@srvau/storage';",
      /room 'video' may import contracts/,
    ],
  ] as const;

  let findings: Map<string, Finding[]>;
  beforeAll(() => {
    const cases = [...forbidden, ...escaping, ...allowed, ...lost];
    const results = lint(cases.map(([, file, text]) => ({ file, text })));
    findings = new Map(cases.map(([what], index) => [what, results[index] ?? []]));
  });

  const ofRule = (what: string): string[] =>
    (findings.get(what) ?? []).filter(({ ruleId }) => ruleId === 'srvau/room-imports').map(({ message }) => message);

  it.each(forbidden.map(([what]) => what))('is broken where %s', (what) => {
    expect(ofRule(what)).toEqual([expect.stringMatching(/^room '\S+' may import .+, but this imports '@srvau\/\S+'/)]);
  });

  it.each(escaping.map(([what]) => what))('is broken by a path that leaves its package %s', (what) => {
    expect(ofRule(what)).toEqual([expect.stringMatching(/leaves \S+; import another package by its name$/)]);
  });

  it.each(allowed.map(([what]) => what))('allows %s', (what) => {
    expect(ofRule(what)).toEqual([]);
    expect(findings.get(what)).toHaveLength(0);
  });

  it.each(lost.map(([what, , , message]) => [what, message] as const))('notices a file that %s', (what, message) => {
    expect(ofRule(what)).toEqual([expect.stringMatching(message)]);
  });

  it('is run by npm run lint', () => {
    const { status, stdout } = spawnSync('npx', ['eslint', '--print-config', 'libs/video/src/index.ts'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const { rules } = JSON.parse(stdout) as { rules: Record<string, unknown[]> };
    expect(rules['srvau/room-imports']?.[0]).toBe(2);
  });
});

describe('the table of rooms', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'srvau-rooms-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  function addPackage(path: string, manifest?: object): void {
    mkdirSync(join(dir, path, 'src'), { recursive: true });
    if (manifest !== undefined) writeFileSync(join(dir, path, 'package.json'), JSON.stringify(manifest));
  }

  it('knows every package of this workspace', () => {
    const rooms = new Map(findPackages(root).map((found) => [found.dir, found.room]));
    expect(rooms.get('libs/video')).toBe('video');
    expect(rooms.get('native')).toBe('native');
    expect(rooms.get('tools/setup')).toBe('tools');
    expect(rooms.get('tests')).toBe('tests');
  });

  it('allows only rooms that are in it', () => {
    const names = Object.values(ROOMS).flatMap((allowed) => (allowed === '*' ? [] : allowed));
    expect(names.filter((name) => !Object.hasOwn(ROOMS, name))).toEqual([]);
  });

  it.each([
    ['without package.json', undefined, /libs\/new: expected a tag "room:<name>".*received none/],
    ['without a tag', { name: '@srvau/new' }, /libs\/new: expected a tag "room:<name>".*received none/],
    ['with an unknown room', { nx: { tags: ['room:attic'] } }, /libs\/new: expected one of .*, received "attic"/],
  ])('refuses a new package %s', (_what, manifest, message) => {
    addPackage('libs/new', manifest);
    expect(() => findPackages(dir)).toThrow(message);
  });

  it('names all that are wrong at once, and passes over what another branch left behind', () => {
    addPackage('libs/one', {});
    addPackage('apps/two', {});
    mkdirSync(join(dir, 'libs/leftover/dist'), { recursive: true });
    expect(() => findPackages(dir)).toThrow(/apps\/two.*\n.*libs\/one/);
    expect(() => findPackages(dir)).not.toThrow(/leftover/);
  });
});
