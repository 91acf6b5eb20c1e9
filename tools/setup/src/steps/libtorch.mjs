import { join } from 'node:path';
import { capture, findLibtorch, TORCH_VERSION } from '../../../../libs/machine/src/index.mjs';
import { SetupFailure } from '../failure.mjs';

/** PyTorch's own index of wheels without CUDA; PyPI's Linux wheel brings several GB of CUDA along. */
const CPU_INDEX = 'https://download.pytorch.org/whl/cpu';

/** By default pip tries an unreachable index five times for each package. */
const BOUNDED = ['--retries', '1', '--timeout', '15'];

/**
 * Headers and libraries alone: torch is never imported, so its Python dependencies are left out, and the environment
 * belongs to this checkout.
 *
 * @type {import('../set-up.mjs').Step}
 */
export const libtorch = {
  title: `libtorch ${TORCH_VERSION}`,
  needs: ['python3', 'disk'],
  isDone: ({ root, env }) => {
    const found = findLibtorch(root, env);
    if (found.source === 'LIBTORCH' && found.problem !== '') {
      throw new SetupFailure(`LIBTORCH: expected libtorch ${TORCH_VERSION} or newer, received: ${found.problem}`, {
        fixes: ['point LIBTORCH at an unpacked libtorch', 'or unset it: set-up then fetches libtorch itself'],
      });
    }
    return found.problem === '' && (found.source === 'LIBTORCH' || !wantsCuda(env) || found.cuda);
  },
  make: async (context) => {
    const python = await pythonEnvironment(context);
    const attempts = pipAttempts(context.env);
    for (const [index, args] of attempts.entries()) {
      try {
        // --ignore-installed: what an interrupted pip left behind is overwritten, not taken for installed.
        await context.run(python, ['-m', 'pip', 'install', '--no-input', '--ignore-installed', ...BOUNDED, ...args], {
          env: { PIP_DISABLE_PIP_VERSION_CHECK: '1' },
          fixes: FIXES,
        });
        return;
      } catch (error) {
        if (!(error instanceof SetupFailure) || index === attempts.length - 1) throw error;
      }
    }
  },
};

const FIXES = [
  'try again once PyTorch’s CPU index can be reached, or name another one: SRVAU_TORCH_INDEX=<URL> npm run setup',
  `unpack libtorch ${TORCH_VERSION} (https://pytorch.org/get-started/locally) and run: LIBTORCH=<its folder> npm run setup`,
  'with an NVIDIA GPU take the CUDA build, several GB, from your own index: SRVAU_TORCH=cuda npm run setup',
];

/**
 * Arguments of pip, in the order to try them. The user's own indexes come first: a mirror is often all they can reach.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} [platform]
 * @returns {string[][]}
 */
export function pipAttempts(env, platform = process.platform) {
  // The CUDA wheel loads libraries that come as its dependencies.
  if (wantsCuda(env)) return [[`torch==${TORCH_VERSION}`]];
  // Wheels for macOS are CPU-only and carry no local version.
  const requirement = platform === 'darwin' ? `torch==${TORCH_VERSION}` : `torch==${TORCH_VERSION}+cpu`;
  const own = ['--no-deps', requirement];
  const named = ['--no-deps', '--index-url', env['SRVAU_TORCH_INDEX'] || CPU_INDEX, requirement];
  return env['SRVAU_TORCH_INDEX'] ? [named, own] : [own, named];
}

/** @param {NodeJS.ProcessEnv} env */
function wantsCuda(env) {
  const wanted = env['SRVAU_TORCH'] || 'cpu';
  if (wanted === 'cpu' || wanted === 'cuda') return wanted === 'cuda';
  throw new SetupFailure(`SRVAU_TORCH: expected cpu or cuda, received ${JSON.stringify(wanted)}`);
}

/**
 * @param {import('../set-up.mjs').Context} context
 * @returns {Promise<string>} its python
 */
async function pythonEnvironment({ root, env, run }) {
  const python = join(root, '.venv', 'bin', 'python');
  const works = async () => (await capture(python, ['-m', 'pip', '--version'], { env })).ok;
  if (await works()) return python;
  await run('python3', ['-m', 'venv', '.venv']);
  // Half an environment, left by an interrupted run, is not always completed by making it again.
  if (!(await works())) await run('python3', ['-m', 'venv', '--clear', '.venv']);
  return python;
}
