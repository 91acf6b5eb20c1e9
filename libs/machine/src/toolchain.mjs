import { capture } from './capture.mjs';
import { installCommand, packageManager } from './packages.mjs';
import { atLeast, formatVersion, parseVersion } from './versions.mjs';

/**
 * What it takes to install and build a workspace. None of it is needed where a built SRVAU is only run.
 *
 * @typedef {import('./index.mjs').Check} Check
 * @typedef {import('./index.mjs').CheckContext} CheckContext
 * @typedef {import('./index.mjs').Version} Version
 */

/** @type {Version} */
const NODE_LEAST = [20, 19, 0];
/** @type {Version} */
const PYTHON_LEAST = [3, 9, 0];
/** @type {Version} */
const GCC_LEAST = [11, 0, 0];
/** @type {Version} */
const CLANG_LEAST = [14, 0, 0];
/** @type {Version} */
const CMAKE_LEAST = [3, 21, 0];

/** @returns {Promise<Check>} */
export async function checkNode() {
  const version = parseVersion(process.versions.node);
  const ok = version !== null && atLeast(version, NODE_LEAST);
  return verdict('node', ok, process.versions.node, `Node.js ${formatVersion(NODE_LEAST)} or newer`, nodeFix());
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkNpm({ env }) {
  const wanted = 'npm, as it comes with Node.js';
  const viaNode = env['npm_execpath']?.endsWith('npm-cli.js') ? env['npm_execpath'] : undefined;
  const { ok, stdout, problem } = await (viaNode === undefined
    ? capture('npm', ['--version'], { env })
    : capture(process.execPath, [viaNode, '--version'], { env }));
  return verdict('npm', ok, ok ? stdout.trim() : problem, wanted, nodeFix());
}

/**
 * Python only fetches libtorch (pip in an environment of its own); it never runs afterwards.
 *
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkPython({ env }) {
  const wanted = `Python ${formatVersion(PYTHON_LEAST)} or newer with venv and pip`;
  const python = await capture('python3', ['--version'], { env });
  const version = parseVersion(python.stdout);
  if (!python.ok || version === null || !atLeast(version, PYTHON_LEAST)) {
    return verdict(
      'python3',
      false,
      python.ok ? python.stdout.trim() : python.problem,
      wanted,
      install('python3', env),
    );
  }
  // Debian splits venv into a package; without ensurepip an environment comes out without pip.
  const venv = await capture('python3', ['-c', 'import venv, ensurepip'], { env });
  const found = python.stdout.trim().replace('Python ', '');
  return verdict('python3', venv.ok, venv.ok ? found : `${found} without venv`, wanted, install('venv', env));
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkCompiler({ env }) {
  const wanted = `C++20: g++ ${GCC_LEAST[0]} or clang++ ${CLANG_LEAST[0]}, or newer`;
  // The order in which CMake looks for one. CXX may carry a launcher and flags: `ccache g++`.
  const names = env['CXX'] ? [env['CXX']] : ['c++', 'g++', 'clang++'];
  for (const name of names) {
    const [program = name, ...flags] = name.trim().split(/\s+/);
    const { ok, stdout } = await capture(program, [...flags, '--version'], { env });
    if (!ok) continue;
    const compiler = readCompiler(stdout);
    const least = compiler.family === 'clang' ? CLANG_LEAST : GCC_LEAST;
    const enough = compiler.version !== null && atLeast(compiler.version, least);
    const found = `${name}: ${compiler.family} ${compiler.version?.join('.') ?? 'of unknown version'}`;
    return verdict('c++', enough, found, wanted, install('compiler', env));
  }
  return verdict('c++', false, `none of ${names.join(', ')}`, wanted, install('compiler', env));
}

/**
 * `c++` may be either family, and GCC's greeting starts with the name it was called by.
 *
 * @param {string} greeting what `--version` printed
 * @returns {{family: 'gcc' | 'clang' | 'unknown', version: Version | null}}
 */
export function readCompiler(greeting) {
  const clang = /clang version (\S+)/.exec(greeting);
  if (clang !== null) return { family: 'clang', version: parseVersion(clang[1] ?? '') };
  // `g++ (Debian 12.2.0-14) 12.2.0`: the packager's note in brackets may hold another number.
  if (greeting.includes('Free Software Foundation')) {
    const firstLine = greeting.split('\n')[0] ?? '';
    return { family: 'gcc', version: parseVersion(firstLine.replace(/\([^)]*\)/, '')) };
  }
  return { family: 'unknown', version: null };
}

/**
 * @param {CheckContext} context
 * @returns {Promise<Check>}
 */
export async function checkCmake({ env }) {
  const wanted = `CMake ${formatVersion(CMAKE_LEAST)} or newer`;
  const { ok, stdout, problem } = await capture('cmake', ['--version'], { env });
  const version = parseVersion(stdout);
  const enough = ok && version !== null && atLeast(version, CMAKE_LEAST);
  return verdict('cmake', enough, version?.join('.') ?? problem, wanted, install('cmake', env));
}

/**
 * @param {string} name
 * @param {boolean} ok
 * @param {string} found
 * @param {string} wanted
 * @param {string} fix
 * @returns {Check}
 */
export function verdict(name, ok, found, wanted, fix) {
  return { name, ok, found, wanted, fix: ok ? '' : fix };
}

/**
 * @param {string} need
 * @param {NodeJS.ProcessEnv} env
 */
export function install(need, env) {
  return installCommand([need], packageManager(env));
}

function nodeFix() {
  return `install Node.js ${formatVersion(NODE_LEAST)} or newer (which brings npm) from https://nodejs.org, or run: nvm install 20`;
}
