import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../..');
const node = (...args: string[]): Promise<{ stdout: string }> => promisify(execFile)(process.execPath, args);

/** Blocks of code of one language in a Markdown text. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .filter(([, of]) => of === language)
    .map(([, , code]) => code as string);

describe('plugins/README.md', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'guide-'));
    await mkdir(join(dir, 'src'));
    await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('shows a plugin that compiles, and golden values that it passes the conformance kit with', async () => {
    const guide = await readFile(join(root, 'plugins/README.md'), 'utf8');
    const source = blocks(guide, 'ts').find((code) => code.includes('defineRewardPlugin('));
    const golden = blocks(guide, 'json').find((code) => code.includes('"cases"'));
    await writeFile(join(dir, 'src/index.ts'), source ?? '');
    await writeFile(join(dir, 'golden.json'), golden ?? '');
    await writeFile(
      join(dir, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.base.json'),
        compilerOptions: { composite: false, rootDir: 'src', outDir: 'dist', types: [] },
        include: ['src'],
      }),
    );
    await node(join(root, 'node_modules/typescript/bin/tsc'), '-p', dir);
    const check = `
      const { checkRewardPlugin } = require(${JSON.stringify(require.resolve('@srvau/reward-sdk/testing'))});
      const { default: plugin } = require(${JSON.stringify(join(dir, 'dist/index.js'))});
      checkRewardPlugin(plugin, { golden: ${JSON.stringify(join(dir, 'golden.json'))} })
        .then(({ checks }) => console.log(JSON.stringify(checks.filter(({ passed }) => !passed))));`;
    expect(JSON.parse((await node('-e', check)).stdout)).toEqual([]);
  });
});
