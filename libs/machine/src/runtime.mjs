import { statfs } from 'node:fs/promises';
import { capture } from './capture.mjs';
import { install, verdict } from './toolchain.mjs';
import { atLeast, formatVersion, parseVersion } from './versions.mjs';

/**
 * What it takes to run SRVAU, built from source or installed.
 *
 * @typedef {import('./index.mjs').Check} Check
 * @typedef {import('./index.mjs').CheckContext} CheckContext
 * @typedef {import('./index.mjs').Version} Version
 */

/** @type {Version} */
const FFMPEG_LEAST = [5, 0, 0];
/** @type {Version} */
const NATS_LEAST = [2, 9, 0];
/** Room for node_modules (0.4 GB), libtorch (0.8 GB), builds, and frames of a first dataset. */
const DISK_LEAST_GB = 3;

/** Parts that distributions leave out of ffmpeg, and that we use: libx264 writes clips, the others read frames. */
const FFMPEG_FEATURES = {
  encoders: ['libx264', 'mjpeg', 'png'],
  decoders: ['h264', 'hevc'],
  filters: ['fps', 'scale'],
};

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkFfmpeg({ env }) {
  const features = Object.values(FFMPEG_FEATURES).flat();
  const wanted = `ffmpeg ${formatVersion(FFMPEG_LEAST)} or newer with ${features.join(', ')}`;
  const fix = `${install('ffmpeg', env)} # or set SRVAU_FFMPEG to one`;
  const file = env['SRVAU_FFMPEG'] || 'ffmpeg';
  const [greeting, ...lists] = await Promise.all([
    capture(file, ['-version'], { env }),
    ...Object.keys(FFMPEG_FEATURES).map((kind) => capture(file, ['-hide_banner', `-${kind}`], { env })),
  ]);
  const version = readFfmpegVersion(greeting.stdout);
  if (!greeting.ok || version === null) return verdict('ffmpeg', false, greeting.problem || 'no version', wanted, fix);
  const listed = new Set(lists.flatMap(({ stdout }) => stdout.split(/\s+/)));
  const lacking = features.filter((feature) => !listed.has(feature));
  const found = version.text + (lacking.length > 0 ? ` without ${lacking.join(', ')}` : '');
  return verdict('ffmpeg', version.enough && lacking.length === 0, found, wanted, fix);
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkFfprobe({ env }) {
  const wanted = `ffprobe ${formatVersion(FFMPEG_LEAST)} or newer`;
  const fix = `${install('ffmpeg', env)} # or set SRVAU_FFPROBE to one`;
  const { ok, stdout, problem } = await capture(env['SRVAU_FFPROBE'] || 'ffprobe', ['-version'], { env });
  const version = readFfmpegVersion(stdout);
  return verdict('ffprobe', ok && version?.enough === true, version?.text ?? (problem || 'no version'), wanted, fix);
}

/**
 * Builds from the repository carry no release number (`N-109468-gd39b34123d`); they are taken to be new enough.
 *
 * @param {string} greeting what `-version` printed
 * @returns {{text: string, enough: boolean} | null}
 */
export function readFfmpegVersion(greeting) {
  const match = /^ff(?:mpeg|probe) version (\S+)/.exec(greeting);
  const text = match?.[1];
  if (text === undefined) return null;
  if (/^N-\d+/.test(text)) return { text, enough: true };
  const version = parseVersion(text);
  return version === null ? null : { text, enough: atLeast(version, FFMPEG_LEAST) };
}

/**
 * The PATH with the `sbin` beside each `bin`. Debian installs nats-server there, and leaves these folders out of the PATH
 * of everybody but root; the server is looked for there when it is started, too.
 *
 * @param {string | undefined} path
 */
function withSbin(path = '') {
  const folders = path.split(':');
  return [...folders, ...folders.filter((one) => one.endsWith('/bin')).map((one) => one.replace(/bin$/, 'sbin'))].join(
    ':',
  );
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkNatsServer({ env }) {
  const wanted = `nats-server ${formatVersion(NATS_LEAST)} or newer`;
  const fix = `${install('nats-server', env)} # or set SRVAU_NATS_SERVER to one`;
  const { ok, stdout, problem } = await capture(env['SRVAU_NATS_SERVER'] || 'nats-server', ['--version'], {
    env: { ...env, PATH: withSbin(env['PATH']) },
  });
  const version = parseVersion(stdout);
  const enough = ok && version !== null && atLeast(version, NATS_LEAST);
  return verdict('nats-server', enough, version?.join('.') ?? (problem || 'no version'), wanted, fix);
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkDisk({ root }) {
  const wanted = `${DISK_LEAST_GB} GB free`;
  const fix = `free space on the disk of ${root}`;
  const { bavail, bsize } = await statfs(root);
  const freeGb = (bavail * bsize) / 1e9;
  return verdict('disk', freeGb >= DISK_LEAST_GB, `${freeGb.toFixed(1)} GB free`, wanted, fix);
}
