import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../exit';
import { serviceProgram } from './service-program';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'srvau-apps-'))));
afterEach(() => rm(dir, { recursive: true }));

describe('serviceProgram', () => {
  it('takes the program of SRVAU_APPS_DIR', async () => {
    await mkdir(join(dir, 'reward/dist'), { recursive: true });
    await writeFile(join(dir, 'reward/dist/main.js'), '');
    expect(serviceProgram('reward', { SRVAU_APPS_DIR: dir })).toBe(join(dir, 'reward/dist/main.js'));
  });

  it('says where it looked and what to do when there is none', () => {
    expect(() => serviceProgram('reward', { SRVAU_APPS_DIR: dir })).toThrow(
      expect.objectContaining({
        exitCode: EXIT.configuration,
        message: expect.stringMatching(
          /not found at .*reward\/dist\/main\.js; .*npm run setup.*SRVAU_APPS_DIR.*SRVAU_NATS_URL/,
        ),
      }),
    );
  });
});
