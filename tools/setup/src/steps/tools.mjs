import { existsSync } from 'node:fs';
import {
  capture,
  installCommand,
  packageManager,
  packagesFor,
  runChecks,
} from '../../../../libs/machine/src/index.mjs';
import { SetupFailure } from '../failure.mjs';

/** Needed to run anything, so looked at each time; what a step needs comes on top. */
const ALWAYS = /** @type {const} */ (['ffmpeg', 'ffprobe', 'nats-server']);

/**
 * What provides what a check asks for, as libs/machine names it, and the variable by which a user takes that choice.
 *
 * @type {Record<string, {need: string, chosenBy?: string}>}
 */
const PROVIDED = {
  'c++': { need: 'compiler', chosenBy: 'CXX' },
  cmake: { need: 'cmake' },
  python3: { need: 'python3' },
  ffmpeg: { need: 'ffmpeg', chosenBy: 'SRVAU_FFMPEG' },
  ffprobe: { need: 'ffmpeg', chosenBy: 'SRVAU_FFPROBE' },
  'nats-server': { need: 'nats-server', chosenBy: 'SRVAU_NATS_SERVER' },
};

/**
 * Checks the machine for the steps ahead. Debian's packages are installed where we may (root, or sudo without a
 * password); anywhere else the exact command is said and set-up stops.
 *
 * @param {import('../set-up.mjs').Context} context
 * @param {readonly import('../../../../libs/machine/src/index.mjs').CheckName[]} needs
 * @param {{isRoot?: boolean}} [options]
 * @throws SetupFailure that lists everything missing at once
 */
export async function provideTools(context, needs, { isRoot = process.getuid?.() === 0 } = {}) {
  const only = [...ALWAYS, ...needs];
  const missing = (await runChecks(context.root, { only, env: context.env })).checks.filter(({ ok }) => !ok);
  if (missing.length === 0) return;

  const manager = packageManager(context.env);
  const installable = missing.flatMap(({ name }) => {
    const provided = PROVIDED[name];
    if (provided === undefined || (provided.chosenBy !== undefined && context.env[provided.chosenBy])) return [];
    return packagesFor(provided.need, manager) === null ? [] : [provided.need];
  });
  const prefix = manager === 'apt' && installable.length > 0 ? await rootPrefix(context.env, isRoot) : null;
  if (prefix === null) throw lacking(missing, installable, manager, isRoot);

  const packages = [...new Set(installable.flatMap((need) => packagesFor(need, manager) ?? []))];
  await context.tell.step(`apt-get install ${packages.join(' ')}`, () => aptInstall(context, prefix, packages));
  const still = (await runChecks(context.root, { only, env: context.env })).checks.filter(({ ok }) => !ok);
  if (still.length > 0) throw lacking(still, [], manager, isRoot);
}

/**
 * @param {import('../../../../libs/machine/src/index.mjs').Check[]} missing
 * @param {readonly string[]} installable needs that one command brings together
 * @param {import('../../../../libs/machine/src/index.mjs').PackageManager} manager
 * @param {boolean} isRoot
 */
function lacking(missing, installable, manager, isRoot) {
  const lines = missing.map(({ name, found, wanted }) => `  ${name}: expected ${wanted}, received: ${found}`);
  const others = missing.filter(({ name }) => !installable.includes(PROVIDED[name]?.need ?? ''));
  const fixes = others.map(({ fix }) => fix);
  if (installable.length > 0) fixes.unshift(installCommand(installable, manager, { asRoot: isRoot }));
  return new SetupFailure(`this machine lacks what the next steps need\n${lines.join('\n')}`, {
    fixes: [...new Set(fixes)],
  });
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} isRoot
 * @returns {Promise<string[] | null>} what to put before a command to run it as root; null where we may not
 */
async function rootPrefix(env, isRoot) {
  if (isRoot) return [];
  return (await capture('sudo', ['-n', 'true'], { env })).ok ? ['sudo', '-n'] : null;
}

/**
 * @param {import('../set-up.mjs').Context} context
 * @param {readonly string[]} prefix
 * @param {readonly string[]} packages
 */
async function aptInstall({ run }, prefix, packages) {
  const apt = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  const [file = 'env', ...args] = [...apt, '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2'];
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  try {
    await run(file, [...args, ...install]);
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    // The usual reason: package lists that are absent (fresh images) or older than the mirror.
    await run(file, [...args, 'update']);
    await run(file, [...args, ...install], { fixes: [`apt-get update && apt-get install -y ${packages.join(' ')}`] });
  }
  if (packages.includes('nats-server') && existsSync('/run/systemd/system')) {
    // Debian starts the packaged server on every interface; we start our own, on the loopback one, when we need it.
    await run(prefix[0] ?? 'systemctl', [
      ...prefix.slice(1),
      ...(prefix.length > 0 ? ['systemctl'] : []),
      'disable',
      '--now',
      'nats-server',
    ]);
  }
}
