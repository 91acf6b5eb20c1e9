import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { readGolden } from '@srvau/reward-sdk/testing';
import { newPlugin, withReference } from './new-plugin';
import { pluginTemplate } from './plugin-template';

let dir: string;
beforeEach(() => (dir = realpathSync(mkdtempSync(join(tmpdir(), 'srvau-new-')))));
afterEach(() => rmSync(dir, { recursive: true }));

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof SrvauError) return error.code;
    throw error;
  }
  return 'none';
};

describe('pluginTemplate', () => {
  it.each(['workspace', 'standalone'] as const)('fills every place of the %s form', (kind) => {
    const { name, folder, files } = pluginTemplate('answer-length', kind);
    expect(folder).toBe('answer-length-reward');
    expect(name).toBe(kind === 'workspace' ? '@srvau/answer-length-reward' : 'answer-length-reward');
    for (const text of Object.values(files)) expect(text).not.toMatch(/\{\{|\}\}/);
    const { srvau, dependencies } = JSON.parse(files['package.json'] ?? '') as Record<string, Record<string, string>>;
    expect(srvau).toMatchObject({ kind: 'reward-plugin', id: 'answer-length', entry: './dist/index.js' });
    expect(Object.keys(dependencies ?? {})).toEqual(['@srvau/reward-sdk']);
    expect(files['src/index.ts']).toContain('class AnswerLengthOptions');
    expect(readGolden(JSON.parse(files['golden.json'] ?? '')).cases).toHaveLength(1);
    expect(files['README.md']).toContain(kind === 'workspace' ? 'plugins/answer-length-reward' : 'npm pack');
  });

  it.each(['', 'Upper', 'two words', '../up', '-a', 'a-', 'a--b', 'x'.repeat(65)])('refuses the id %j', (id) => {
    expect(codeOf(() => pluginTemplate(id, 'standalone'))).toBe('INVALID_REQUEST');
  });
});

describe('newPlugin', () => {
  const checkout = (): void => {
    mkdirSync(join(dir, 'libs/reward-sdk'), { recursive: true });
    writeFileSync(join(dir, 'libs/reward-sdk/package.json'), '{}');
    writeFileSync(join(dir, 'nx.json'), '{}');
    writeFileSync(
      join(dir, 'tsconfig.json'),
      JSON.stringify({ files: [], references: [{ path: 'plugins/a' }, { path: 'apps/b' }] }),
    );
  };

  it('writes a package of its own outside of a checkout, and never over anything', () => {
    expect(newPlugin('brevity', { cwd: dir })).toMatchObject({ dir: join(dir, 'brevity-reward'), kind: 'standalone' });
    expect(readFileSync(join(dir, 'brevity-reward/.gitignore'), 'utf8')).toContain('dist/');
    expect(codeOf(() => newPlugin('brevity', { cwd: dir }))).toBe('CONFLICT');
    mkdirSync(join(dir, 'empty'));
    expect(newPlugin('other', { cwd: dir, out: 'empty' }).dir).toBe(join(dir, 'empty'));
  });

  it('writes into plugins/ of a checkout, from anywhere in it, and has it built', () => {
    checkout();
    const made = newPlugin('brevity', { cwd: join(dir, 'libs') });
    expect(made).toMatchObject({ dir: join(dir, 'plugins/brevity-reward'), kind: 'workspace' });
    expect(JSON.parse(readFileSync(join(dir, 'tsconfig.json'), 'utf8'))).toEqual({
      files: [],
      references: [{ path: 'plugins/a' }, { path: 'plugins/brevity-reward' }, { path: 'apps/b' }],
    });
    expect(newPlugin('mine', { cwd: dir, out: 'elsewhere/mine' }).kind).toBe('standalone');
    expect(newPlugin('ours', { cwd: dir, out: 'plugins/ours' }).kind).toBe('workspace');
  });

  it('names a package once among what is built', () => {
    const once = withReference('{"references":[]}', 'plugins/a');
    expect(withReference(once, 'plugins/a')).toBe(once);
  });
});
