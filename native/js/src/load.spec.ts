import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeInfo } from '.';
import { loadAddon, NativeLoadError } from './load';

function loadFailure(file: string): NativeLoadError {
  try {
    loadAddon(file);
  } catch (error) {
    if (error instanceof NativeLoadError) return error;
    throw error;
  }
  throw new Error(`${file} loaded`);
}

describe('the native addon', () => {
  // Set-up builds it before any test runs; where it is absent, the failure says so.
  it('says what tensor code runs on', () => {
    const info = runtimeInfo();
    expect(info.torchVersion).toMatch(/^2\.\d+\.\d+$/);
    expect(info.intraOpThreads).toBeGreaterThanOrEqual(1);
    expect(info.cpuCapability).toMatch(/^[A-Z0-9]+$/);
    expect(info.cudaDevices).toBeGreaterThanOrEqual(0);
    expect(info.cudaDeviceNames).toHaveLength(info.cudaCompiled ? info.cudaDevices : 0);
  });

  describe('that does not load', () => {
    let dir: string;
    beforeAll(() => {
      dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
    });
    afterAll(() => rmSync(dir, { recursive: true, force: true }));

    it('is reported as not built where the file is missing', () => {
      const error = loadFailure(join(dir, 'absent.node'));
      expect(error.fixes).toEqual(['build it: npm run setup']);
      expect(error.message).toContain('absent.node');
      expect(error.message).toContain('npm run setup');
    });

    it('is reported as foreign where the file is no library of this machine', () => {
      const file = join(dir, 'foreign.node');
      writeFileSync(file, 'not a shared library, only some text that is long enough to hold a header'.repeat(8));
      const error = loadFailure(file);
      expect(error.fixes.join('\n')).toContain('native/build');
      expect(error.cause).toHaveProperty('message');
    });
  });
});
