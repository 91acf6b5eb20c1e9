import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '../../..');
const committed = join(root, 'libs/reward-sdk/api.md');

// In a process of its own: under jest's module loader the compiler is ten times slower.
const run = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(process.execPath, [join(root, 'tools/api-report/write.mjs'), ...args]);

// A compiler at work, twice over.
jest.setTimeout(180_000);

describe.each(['@srvau/reward-sdk', '@srvau/evaluation-client'])('API report of %s', (name) => {
  it(`is committed as the API is now; otherwise run \`npm run api -w ${name}\``, async () => {
    expect((await run(name, '--check')).stderr).toBe('');
  });
});

describe('an API report', () => {
  it('is refused where it tells of another API', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'api-'));
    try {
      const report = join(dir, 'api.md');
      const text = await readFile(committed, 'utf8');
      await writeFile(report, text.replace('export function scored', 'export function score'));
      await expect(run('@srvau/reward-sdk', '--check', '--report', report)).rejects.toThrow(
        /expected the API as it is now/,
      );
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('is of a package that has one', async () => {
    await expect(run()).rejects.toThrow(/expected one of the packages @srvau\/reward-sdk, .*, received none/);
  });

  it('writes out signatures, and types of other packages that it re-exports, without comments', async () => {
    const text = await readFile(committed, 'utf8');
    for (const part of [
      'export function scored(value: number, parts?: ScoreParts): Scored;',
      'export interface Transcript {',
      '- `IsNumber` of class-validator',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('/**');
    expect(text).not.toContain(root);
  });
});
