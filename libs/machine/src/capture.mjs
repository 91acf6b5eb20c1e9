import { execFile } from 'node:child_process';

/**
 * @typedef {object} Captured
 * @property {boolean} ok it started, and exited with 0 in time
 * @property {string} stdout
 * @property {string} stderr
 * @property {string} problem why it is not ok, in one line; empty when it is
 */

/**
 * Runs a program without a shell and keeps what it prints. Never throws: a missing program is an answer here.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number}} [options]
 * @returns {Promise<Captured>}
 */
export function capture(file, args, { cwd, env, timeoutMs = 20_000 } = {}) {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      { cwd, env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 8 << 20, encoding: 'utf8' },
      (error, stdout, stderr) => {
        resolve({ ok: error === null, stdout, stderr, problem: error === null ? '' : problemOf(error, stderr) });
      },
    );
    child.stdin?.end();
  });
}

/**
 * @param {import('node:child_process').ExecFileException} error
 * @param {string} stderr
 */
function problemOf(error, stderr) {
  if (error.code === 'ENOENT') return 'not found';
  if (error.code === 'EACCES') return 'not executable';
  if (error.killed === true) return 'did not answer in time';
  const lastLine = stderr.trim().split('\n').at(-1)?.trim() ?? '';
  if (lastLine !== '') return lastLine.slice(0, 200);
  return error.signal ? `died of ${error.signal}` : `exited with ${error.code}`;
}
