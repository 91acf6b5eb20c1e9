import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { SetupFailure } from '../failure.mjs';
import { Tell } from '../tell.mjs';
import { provideTools } from './tools.mjs';

const FFMPEG = `#!/bin/sh
case "$*" in
  *encoders*) echo libx264 mjpeg png;;
  *decoders*) echo h264 hevc;;
  *filters*) echo fps scale;;
  *) echo ffmpeg version 6.0;;
esac
`;
const FFPROBE = '#!/bin/sh\necho ffprobe version 6.0\n';
const NATS = '#!/bin/sh\necho nats-server: v2.10.0\n';

let dir: string;
let bin: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srvau-tools-'));
  bin = join(dir, 'bin');
  mkdirSync(bin);
  // `env` and `tee` come from the system; what we look for does not.
  program('env', '#!/bin/sh\nexec /usr/bin/env "$@"\n');
  env = { PATH: bin, SRVAU_TEST_BIN: bin };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
}

/** An apt-get that records how it was called and, from its `succeedsAt`th call on, "installs" nats-server. */
function aptGet(succeedsAt: number): void {
  program('nats-server.deb', NATS);
  program(
    'apt-get',
    `#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >> "${dir}/calls"
case "$*" in *" install "*) ;; *) exit 0;; esac
read count < "${dir}/count" || count=0
count=$((count + 1)); echo $count > "${dir}/count"
[ $count -ge ${succeedsAt} ] || exit 100
/bin/cp "${bin}/nats-server.deb" "${bin}/nats-server"
`,
  );
  writeFileSync(join(dir, 'count'), '0\n');
}

function provide(options: { isRoot: boolean }): Promise<void> {
  const printed = new Writable({ write: (_chunk, _encoding, done) => done() });
  return provideTools(
    {
      root: dir,
      env,
      tell: new Tell(Object.assign(printed, { isTTY: false }) as unknown as NodeJS.WriteStream),
      run: async (file, args) => {
        const { status } = spawnSync(file, args, { env });
        if (status !== 0) throw new SetupFailure(`failed: ${file}`);
      },
    },
    [],
    options,
  );
}

async function failure(options: { isRoot: boolean }): Promise<SetupFailure> {
  const error = await provide(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SetupFailure) return error;
  throw new Error('set-up did not stop', { cause: error });
}

const calls = (): string[] => readFileSync(join(dir, 'calls'), 'utf8').trimEnd().split('\n');

describe('tools of the machine', () => {
  it('that are all there need nothing', async () => {
    program('ffmpeg', FFMPEG);
    program('ffprobe', FFPROBE);
    program('nats-server', NATS);
    await provide({ isRoot: true });
    expect(existsSync(join(dir, 'calls'))).toBe(false);
  });

  it('are installed by root, package lists brought up to date when that is what it takes', async () => {
    program('ffmpeg', FFMPEG);
    program('ffprobe', FFPROBE);
    aptGet(2);
    await provide({ isRoot: true });
    expect(calls()).toEqual([
      expect.stringMatching(/^noninteractive .* install -y --no-install-recommends nats-server$/),
      expect.stringMatching(/^noninteractive .* update$/),
      expect.stringMatching(/^noninteractive .* install -y --no-install-recommends nats-server$/),
    ]);
  });

  it('are asked for in one exact command where we may not install', async () => {
    aptGet(1);
    const { message, fixes } = await failure({ isRoot: false });
    expect(message).toMatch(/ffmpeg: expected ffmpeg 5\.0 or newer .*, received: not found/);
    expect(message).toMatch(/nats-server: expected nats-server 2\.9 or newer, received: not found/);
    expect(fixes).toEqual(['sudo apt-get install -y ffmpeg nats-server']);
    expect(existsSync(join(dir, 'calls'))).toBe(false);
  });

  it('are installed with sudo where it asks for no password', async () => {
    program('ffmpeg', FFMPEG);
    program('ffprobe', FFPROBE);
    aptGet(1);
    program('true', '#!/bin/sh\n');
    program('sudo', '#!/bin/sh\nshift\nexec "$@"\n');
    await provide({ isRoot: false });
    expect(calls()).toHaveLength(1);
  });

  it('that the user chose by a variable are theirs to mend', async () => {
    program('ffmpeg', FFMPEG);
    program('ffprobe', FFPROBE);
    aptGet(1);
    env['SRVAU_NATS_SERVER'] = join(dir, 'absent');
    const { fixes } = await failure({ isRoot: true });
    expect(fixes).toEqual([expect.stringContaining('SRVAU_NATS_SERVER')]);
    expect(existsSync(join(dir, 'calls'))).toBe(false);
  });
});
