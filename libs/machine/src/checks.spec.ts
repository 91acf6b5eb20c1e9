import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTable, runChecks, type CheckName } from './index.mjs';
import { findLibtorch } from './libtorch.mjs';

/** A machine of our own making: a PATH of small programs that greet as the real ones do. */
let dir: string;
let bin: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srvau machine-'));
  bin = join(dir, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function program(name: string, script: string): string {
  const file = join(bin, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function write(path: string, text = ''): void {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), text);
}

async function check(
  name: CheckName,
  env: NodeJS.ProcessEnv = {},
): Promise<{ ok: boolean; found: string; fix: string }> {
  const { checks } = await runChecks(dir, { only: [name], env: { PATH: bin, ...env } });
  const [only] = checks;
  if (only === undefined) throw new Error(`no check ${name}`);
  return only;
}

describe('checks', () => {
  it.each([
    [{ cudaCompiled: false, cudaDeviceNames: [] }, 'libtorch 2.13.0, CPU AVX2, built without CUDA'],
    [{ cudaCompiled: true, cudaDeviceNames: [] }, 'libtorch 2.13.0, CPU AVX2, built with CUDA, no CUDA device'],
    [
      { cudaCompiled: true, cudaDeviceNames: ['A, 80 GiB', 'B'] },
      'libtorch 2.13.0, CPU AVX2, cuda:0 A, 80 GiB, cuda:1 B',
    ],
  ])('say where tensor code can run: %j', async (cuda, found) => {
    const info = { torchVersion: '2.13.0', cpuCapability: 'AVX2', ...cuda };
    write('native/index.js', `exports.runtimeInfo = () => (${JSON.stringify(info)});`);
    expect(await check('native addon')).toMatchObject({ ok: true, found });
  });

  it('name what is missing, what is wanted and the fix', async () => {
    program('apt-get', 'exit 0');
    expect(await check('nats-server')).toEqual({
      name: 'nats-server',
      ok: false,
      found: 'not found',
      wanted: 'nats-server 2.9 or newer',
      fix: expect.stringMatching(/apt-get install -y nats-server # or set SRVAU_NATS_SERVER/),
    });
  });

  it('accept what is new enough, and need no fix then', async () => {
    program('nats-server', 'echo nats-server: v2.10.1');
    expect(await check('nats-server')).toMatchObject({ ok: true, found: '2.10.1', fix: '' });
  });

  it('refuse what is too old', async () => {
    program('nats-server', 'echo nats-server: v2.8.4');
    expect(await check('nats-server')).toMatchObject({ ok: false, found: '2.8.4' });
    program('cmake', 'echo cmake version 3.16.3');
    expect(await check('cmake')).toMatchObject({ ok: false, found: '3.16.3' });
  });

  it('use the program that a variable names', async () => {
    const file = program('my server', 'echo nats-server: v2.11.0');
    expect(await check('nats-server', { SRVAU_NATS_SERVER: file })).toMatchObject({ ok: true, found: '2.11.0' });
  });

  it('report a program that fails by its last words', async () => {
    program('nats-server', 'echo "error while loading shared libraries: libz.so" >&2; exit 127');
    expect(await check('nats-server')).toMatchObject({
      ok: false,
      found: 'error while loading shared libraries: libz.so',
    });
  });

  it('notice an ffmpeg that lacks a part', async () => {
    const lists =
      'case "$*" in *encoders*) echo " V....D mjpeg x";; *decoders*) echo "h264 hevc";; *filters*) echo "fps scale";;';
    program('ffmpeg', `${lists} *) echo "ffmpeg version 6.0 Copyright";; esac`);
    expect(await check('ffmpeg')).toMatchObject({ ok: false, found: '6.0 without libx264, png' });
  });

  it('notice a Python that cannot make environments', async () => {
    program('python3', 'case "$1" in --version) echo Python 3.11.2;; *) exit 1;; esac');
    expect(await check('python3')).toMatchObject({ ok: false, found: '3.11.2 without venv' });
  });

  it('ask the compiler that CXX names, launcher and flags included', async () => {
    program('wrap', 'shift; echo "Debian clang version 15.0.6"');
    expect(await check('c++', { CXX: 'wrap clang++ -O2' })).toMatchObject({
      ok: true,
      found: 'wrap clang++ -O2: clang 15.0.6',
    });
    expect(await check('c++')).toMatchObject({ ok: false, found: 'none of c++, g++, clang++' });
  });

  it('do not throw for a workspace that is broken', async () => {
    write('package-lock.json', '{}');
    const { ok, checks } = await runChecks(dir, { env: { PATH: bin } });
    expect(ok).toBe(false);
    expect(checks).toHaveLength(13);
    for (const each of checks) {
      expect(Object.keys(each)).toEqual(['name', 'ok', 'found', 'wanted', 'fix']);
      expect(each.ok).toBe(each.fix === '');
    }
  });

  it('leave out what only a build needs where nothing is built', async () => {
    const names = async (env: NodeJS.ProcessEnv): Promise<string[]> =>
      (await runChecks(dir, { env: { PATH: bin, ...env } })).checks.map(({ name }) => name);
    expect(await names({})).toEqual(['node', 'ffmpeg', 'ffprobe', 'nats-server', 'disk']);
    expect(await names({ SRVAU_NATS_URL: 'nats://nats:4222' })).toEqual(['node', 'ffmpeg', 'ffprobe', 'disk']);
  });
});

describe('libtorch', () => {
  const VERSION_H = (minor: number): string =>
    `#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR ${minor}\n#define TORCH_VERSION_PATCH 1\n`;
  const SITE = '.venv/lib/python3.11/site-packages';

  function unpack(path: string, minor = 13): void {
    write(`${path}/lib/libtorch_cpu.so`);
    write(`${path}/include/torch/headeronly/version.h`, VERSION_H(minor));
  }

  it('is not there at first', () => {
    expect(findLibtorch(dir, {})).toMatchObject({ dir: null, problem: 'not found' });
  });

  it('is half installed until pip has written its last file', () => {
    unpack(`${SITE}/torch`);
    write(`${SITE}/torch-2.13.1+cpu.dist-info/METADATA`);
    expect(findLibtorch(dir, {})).toMatchObject({ source: '.venv', problem: 'half installed' });
    write(`${SITE}/torch-2.13.1+cpu.dist-info/INSTALLER`, 'pip');
    expect(findLibtorch(dir, {})).toEqual({
      dir: join(dir, SITE, 'torch'),
      source: '.venv',
      version: [2, 13, 1],
      cuda: false,
      problem: '',
    });
  });

  it('is taken from LIBTORCH first, with or without CUDA', () => {
    unpack('own torch');
    write('own torch/lib/libtorch_cuda.so');
    expect(findLibtorch(dir, { LIBTORCH: join(dir, 'own torch') })).toMatchObject({
      source: 'LIBTORCH',
      cuda: true,
      problem: '',
    });
  });

  it('must be new enough and whole', () => {
    unpack('old', 12);
    expect(findLibtorch(dir, { LIBTORCH: join(dir, 'old') }).problem).toMatch(/holds libtorch 2\.12\.1$/);
    expect(findLibtorch(dir, { LIBTORCH: bin }).problem).toMatch(/holds no libtorch with headers$/);
  });
});

describe('the table', () => {
  it('shows the fix under what is wrong, and a verdict', () => {
    const table = renderTable({
      ok: false,
      checks: [
        { name: 'node', ok: true, found: '20.19.0', wanted: 'Node.js', fix: '' },
        { name: 'nats-server', ok: false, found: 'not found', wanted: 'nats-server 2.9', fix: 'apt-get install nats' },
      ],
    });
    expect(table.split('\n')).toEqual([
      '✓ node         20.19.0',
      '✗ nats-server  not found',
      '               wanted: nats-server 2.9',
      '               fix: apt-get install nats',
      '',
      '1 of 2 checks failed',
      '',
    ]);
  });
});
