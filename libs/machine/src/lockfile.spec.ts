import { lockfileDifferences, manifestDifferences, type LockedPackage, type Lockfile } from './lockfile.mjs';

const lock: Lockfile & { packages: { '': LockedPackage; 'node_modules/sharp-darwin': LockedPackage } } = {
  packages: {
    '': { devDependencies: { jest: '30.0.0' } },
    'libs/video': { version: '0.1.0', dependencies: { sharp: '1.0.0' } },
    'node_modules/@srvau/video': { link: true },
    'node_modules/jest': { version: '30.0.0', integrity: 'sha512-a' },
    'node_modules/sharp': { version: '1.0.0', integrity: 'sha512-b' },
    'node_modules/sharp-darwin': { version: '1.0.0', integrity: 'sha512-c', optional: true },
  },
};

/** What npm's own list holds after it installed `lock` on Linux, with changes. */
function installed(changes: Record<string, object | undefined> = {}): Lockfile {
  const { '': _root, 'node_modules/sharp-darwin': _foreign, ...packages } = lock.packages;
  const changed = Object.entries({ ...packages, ...changes }).flatMap(([path, value]) =>
    value === undefined ? [] : [[path, value] as const],
  );
  return { packages: Object.fromEntries(changed) };
}

describe('node_modules', () => {
  it('is in step without optional packages of other platforms', () => {
    expect(lockfileDifferences(lock, installed())).toEqual([]);
  });

  it.each([
    [{ 'node_modules/jest': undefined }, 'node_modules/jest is missing'],
    [{ 'node_modules/@srvau/video': undefined }, 'node_modules/@srvau/video is missing'],
    [
      { 'node_modules/jest': { version: '29.7.0', integrity: 'sha512-z' } },
      'node_modules/jest is 29.7.0, wanted 30.0.0',
    ],
    [
      { 'node_modules/jest': { version: '30.0.0', integrity: 'sha512-z' } },
      'node_modules/jest is 30.0.0, wanted 30.0.0',
    ],
    [{ 'node_modules/left-pad': { version: '1.3.0' } }, 'node_modules/left-pad is not in package-lock.json'],
  ])('is out of step with %j', (changes, difference) => {
    expect(lockfileDifferences(lock, installed(changes))).toEqual([difference]);
  });
});

describe('manifests', () => {
  const manifests = new Map<string, object>([
    ['', { devDependencies: { jest: '30.0.0' } }],
    ['libs/video', { dependencies: { sharp: '1.0.0' } }],
  ]);

  it('are in step where the lock file recorded the same', () => {
    expect(manifestDifferences(lock, manifests)).toEqual([]);
  });

  it.each([
    ['an added dependency', 'libs/video', { dependencies: { sharp: '1.0.0', rxjs: '7.0.0' } }],
    ['a removed dependency', 'libs/video', {}],
    ['another version', 'libs/video', { dependencies: { sharp: '1.0.1' } }],
  ])('are out of step with %s', (_what, dir, manifest) => {
    expect(manifestDifferences(lock, new Map(manifests).set(dir, manifest))).toEqual([
      'dependencies of libs/video/package.json differ from package-lock.json',
    ]);
  });

  it('are out of step with a package the lock file does not know', () => {
    expect(manifestDifferences(lock, new Map(manifests).set('libs/new', {}))).toEqual([
      'libs/new/package.json is not in package-lock.json',
    ]);
  });
});
