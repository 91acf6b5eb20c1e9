import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoadPolicy } from './load-policy';

let dir: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'srvau-policy-')));
  for (const name of ['roots/good', 'outside/bad', 'roots-beside/bad', 'site/node_modules/installed']) {
    await mkdir(join(dir, name), { recursive: true });
    await writeFile(join(dir, name, 'package.json'), '{}');
  }
  await symlink(join(dir, 'outside/bad'), join(dir, 'roots/link'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const policy = (pluginRoots: string[], more: { rewardPlugins?: string[]; rewardTrusted?: string[] } = {}): LoadPolicy =>
  new LoadPolicy({ rewardPlugins: [], rewardTrusted: [], pluginRoots, ...more });

it('allows folders below a root, and packages that are installed there', async () => {
  expect(await policy([join(dir, 'roots')]).allow(join(dir, 'roots/good'), dir)).toEqual({
    source: join(dir, 'roots/good'),
  });
  const site = join(dir, 'site');
  expect(await policy([join(site, 'node_modules')]).allow('installed', site)).toEqual({ source: 'installed' });
});

it('forbids everything else, links that lead outside and paths that climb out too', async () => {
  const roots = [join(dir, 'roots')];
  const cases = ['outside/bad', 'roots/link', 'roots/../outside/bad', 'roots-beside/bad', 'outside/not-there', 'roots'];
  for (const name of cases) {
    await expect(policy(roots).allow(join(dir, name), dir)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  }
  await expect(policy(roots).allow('roots/good', dir)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(policy(roots).allow('installed', join(dir, 'site'))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(policy([]).allow(join(dir, 'roots/good'), dir)).rejects.toMatchObject({
    message: expect.stringContaining('SRVAU_PLUGIN_ROOTS (none is configured)') as string,
  });
});

it('says that a folder below a root is not there', async () => {
  const source = join(dir, 'roots/none');
  await expect(policy([join(dir, 'roots')]).allow(source, dir)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('allows what is configured, and trusts only by the name that is configured', async () => {
  const trusting = policy([join(dir, 'roots')], {
    rewardPlugins: ['ours', 'theirs'],
    rewardTrusted: ['ours', 'stray'],
  });
  expect(await trusting.allow('ours', dir)).toEqual({ source: 'ours', isolation: 'in-process' });
  expect(await trusting.allow('theirs', dir)).toEqual({ source: 'theirs' });
  expect(trusting.trusting('stray')).toEqual({ source: 'stray' });
});
