/** [major, minor, patch] */
export type Version = readonly [number, number, number];

export type CheckName =
  | 'node'
  | 'npm'
  | 'python3'
  | 'c++'
  | 'cmake'
  | 'ffmpeg'
  | 'ffprobe'
  | 'nats-server'
  | 'disk'
  | 'node_modules'
  | 'libtorch'
  | 'typescript build'
  | 'native addon';

/** One need of the machine. This form is fixed: `srvau doctor --json` prints it and others script against it. */
export interface Check {
  name: string;
  ok: boolean;
  /** What is there, e.g. a version, or why nothing usable is. */
  found: string;
  wanted: string;
  /** The exact command to type, or what to do; empty when ok. */
  fix: string;
}

export interface MachineReport {
  /** Every check is ok. */
  ok: boolean;
  checks: Check[];
}

export interface CheckContext {
  root: string;
  env: NodeJS.ProcessEnv;
}

export interface RunChecksOptions {
  /** Run these alone. By default: all in a workspace (where package-lock.json is), else those an installed SRVAU needs. */
  only?: readonly CheckName[];
  /** Environment in which programs are looked for and run; default `process.env`. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Checks the machine, and never throws for what it finds: a check that cannot run is a check that is not ok.
 * Takes about half a second; starts child processes, writes nothing.
 *
 * @param root directory of the workspace or of the installation
 */
export function runChecks(root: string, options?: RunChecksOptions): Promise<MachineReport>;

/** A report for people: one line a check, and the fix under what is wrong. Ends with a newline. */
export function renderTable(report: MachineReport, options?: { color?: boolean }): string;

export interface Libtorch {
  /** Absolute directory with `include/` and `lib/`; null when there is none. */
  dir: string | null;
  /** Where it was looked for: the environment variable wins over the project's own Python environment. */
  source: 'LIBTORCH' | '.venv';
  version: Version | null;
  cuda: boolean;
  /** Why it cannot be used; empty when it can. */
  problem: string;
}

export const TORCH_VERSION: string;
export function findLibtorch(root: string, env?: NodeJS.ProcessEnv): Libtorch;

/** Relative path of the list that npm writes last: the commit marker of an installation. */
export const HIDDEN_LOCKFILE: string;

/** Why node_modules is not in step with package-lock.json and the manifests, one line each; empty when it is. */
export function installDifferences(root: string): string[];

/** The part of installDifferences that only `npm install` mends: package-lock.json against the manifests. */
export function lockfileDrift(root: string): string[];

export type PackageManager = 'apt' | 'brew' | 'other';
export function packageManager(env?: NodeJS.ProcessEnv): PackageManager;
export function packagesFor(need: string, manager: PackageManager): string[] | null;
export function installCommand(
  needs: readonly string[],
  manager: PackageManager,
  options?: { asRoot?: boolean },
): string;

/** Absolute directories of the TypeScript projects that the root tsconfig.json refers to. */
export function projectDirs(root: string): string[];
/** Absolute paths of the file that tsc writes last in each of them. */
export function buildInfoFiles(root: string): string[];

export interface Captured {
  ok: boolean;
  stdout: string;
  stderr: string;
  /** Why it is not ok, in one line. */
  problem: string;
}

/** Runs a program without a shell and keeps what it prints. Never throws. */
export function capture(
  file: string,
  args: readonly string[],
  options?: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number },
): Promise<Captured>;
