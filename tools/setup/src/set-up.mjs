import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { SetupLock } from './lock.mjs';
import { libtorch } from './steps/libtorch.mjs';
import { nativeBuild } from './steps/native-build.mjs';
import { nodeModules } from './steps/node-modules.mjs';
import { provideTools } from './steps/tools.mjs';
import { typescriptBuild } from './steps/typescript-build.mjs';

/**
 * @typedef {object} Step one thing that set-up makes
 * @property {string} title as printed
 * @property {readonly import('../../../libs/machine/src/index.mjs').CheckName[]} needs what the machine must have for it
 * @property {(context: Context) => boolean | Promise<boolean>} isDone quick, and only looks; asked again before `make`
 * @property {(context: Context) => Promise<void>} make
 *
 * @typedef {object} Context
 * @property {string} root
 * @property {NodeJS.ProcessEnv} env
 * @property {import('./tell.mjs').Tell} tell
 * @property {(file: string, args: readonly string[], options?: RunOptions) => Promise<void>} run runs a program of the
 *   step that is being made; throws SetupFailure with its output where it fails
 *
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env] added to the environment
 * @property {readonly string[] | ((output: string) => readonly string[])} [fixes] for when it fails
 */

/** In the order in which they need each other. @type {readonly Step[]} */
const STEPS = [nodeModules, libtorch, nativeBuild, typescriptBuild];

/**
 * Makes what is missing or out of date, and nothing else. Safe to kill at any moment and to run twice at once.
 *
 * @param {Pick<Context, 'root' | 'tell' | 'env'> & {children: import('./children.mjs').Children}} options
 * @throws SetupFailure | Interrupted
 */
export async function setUp({ root, tell, children, env }) {
  if (process.platform === 'win32') {
    throw new SetupFailure('expected Linux or macOS, received Windows', { fixes: ['use WSL 2'] });
  }
  const stateDir = join(root, '.srvau', 'setup');
  mkdirSync(stateDir, { recursive: true });
  const lock = await SetupLock.acquire(join(stateDir, 'lock'), {
    waiting: ({ pid, host }) =>
      tell.line(`  waiting for the set-up that runs in this checkout (process ${pid} on ${host})`),
    check: () => children.throwIfStopping(),
  });
  try {
    const logFile = join(stateDir, 'setup.log');
    const context = { root, env, tell, run: runner({ root, env, children, lock, logFile }) };
    /** @type {Step[]} */
    const open = [];
    for (const step of STEPS) if (!(await step.isDone(context))) open.push(step);
    await provideTools(context, [...new Set(open.flatMap(({ needs }) => needs))]);
    for (const step of STEPS) {
      if (!(await step.isDone(context))) await tell.step(step.title, () => step.make(context));
    }
  } finally {
    lock.release();
  }
}

/**
 * @param {{root: string, env: NodeJS.ProcessEnv, children: import('./children.mjs').Children, lock: SetupLock,
 *   logFile: string}} options
 * @returns {Context['run']}
 */
function runner({ root, env, children, lock, logFile }) {
  let flags = 'w';
  return async (file, args, { env: added = {}, fixes = [] } = {}) => {
    const command = [file, ...args].join(' ');
    const log = openSync(logFile, flags);
    flags = 'a';
    try {
      writeSync(log, `$ ${command}\n`);
      const from = readFileSync(logFile).length;
      const ok = await children.runGroup(file, args, {
        cwd: root,
        env: { ...env, ...added },
        output: log,
        started: (pid) => lock.note(pid),
      });
      if (ok) return;
      const output = readFileSync(logFile).subarray(from).toString('utf8');
      throw new SetupFailure(`failed: ${command}`, {
        output,
        fixes: typeof fixes === 'function' ? fixes(output) : fixes,
        logFile: relative(root, logFile),
      });
    } finally {
      closeSync(log);
    }
  };
}
