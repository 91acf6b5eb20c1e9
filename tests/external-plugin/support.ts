import { execFile, execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '../..');
const TIMEOUT_MS = 240_000;

/** Runs a program to its end; what it said is in the error if it fails. */
export async function call(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await run(program, args, { cwd, timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} in ${cwd}: ${message}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** Packs a package of ours, or one that stands elsewhere. @returns path of the tarball */
export async function pack(dir: string, out: string): Promise<string> {
  const folder = resolve(ROOT, dir);
  const listed = await call('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], folder);
  const [packed] = JSON.parse(listed) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack said nothing of ${folder}`);
  return join(out, packed.filename);
}

/** The SDK and what it stands on, as tarballs: what a registry would hand out once they are published. */
export async function packSdk(out: string): Promise<string[]> {
  const tarballs: string[] = [];
  for (const lib of ['contracts', 'reasoning', 'reward-sdk']) tarballs.push(await pack(`libs/${lib}`, out));
  return tarballs;
}

/** Installs tarballs, with what they need from the registry or npm's cache, as dependencies of the package in `dir`. */
export async function install(dir: string, tarballs: readonly string[]): Promise<void> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--no-save'];
  await call('npm', ['install', ...flags, ...tarballs], dir);
}

export const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

const NATS_PY = 'nats-py==2.15.0';

/**
 * Folder with nats-py, from a package index or pip's cache; undefined, and said so, where pip cannot get it.
 * @param what is not run then
 */
export async function withNatsPy(dir: string, what: string): Promise<string | undefined> {
  const target = join(dir, 'python-packages');
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
  } catch {
    console.warn(`skipped: ${what} was not run, because python3 has no pip to install nats-py with`);
    return undefined;
  }
  try {
    await call('python3', ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--target', target, NATS_PY], dir);
  } catch (error) {
    // An index that does not have it or cannot be reached; whatever else pip says is a failure.
    if (!/No matching distribution found/.test(String(error))) throw error;
    console.warn(`skipped: ${what} was not run, because pip finds no ${NATS_PY}`);
    return undefined;
  }
  return target;
}
