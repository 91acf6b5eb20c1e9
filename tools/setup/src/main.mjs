import { join, resolve } from 'node:path';
import { renderTable, runChecks } from '../../../libs/machine/src/index.mjs';
import { Children, Interrupted } from './children.mjs';
import { SetupFailure } from './failure.mjs';
import { setUp } from './set-up.mjs';
import { Tell } from './tell.mjs';
import { runTests } from './tests.mjs';

const USAGE = `usage: node tools/setup/run.mjs <command> [argument…]

  start   set up, then ingest the shipped clips and show the dataset; with arguments: set up, then srvau <argument…>
  test    set up, then every test; with arguments: set up, then jest <argument…>
  setup   set up alone
  bench   set up, then the benches
  doctor  say what the machine has and lacks, as a table or with --json; changes nothing

Environment: LIBTORCH (an unpacked libtorch; wins), SRVAU_TORCH=cpu|cuda, SRVAU_TORCH_INDEX (a Python package index),
CXX, and SRVAU_FFMPEG, SRVAU_FFPROBE, SRVAU_NATS_SERVER (programs to use instead of those in PATH).
`;

/**
 * @typedef {object} Job what a command runs after set-up
 * @property {string} root
 * @property {Children} children
 * @property {string[]} args
 */

/** @type {Record<string, (job: Job) => Promise<number>>} */
const JOBS = {
  setup: async () => 0,
  start: runMainJob,
  test: runTests,
  bench: ({ root, children, args }) =>
    children.run(process.execPath, ['tools/bench/dist/main.js', ...args], { cwd: root }),
};

/**
 * @param {string[]} argv command and its arguments
 * @returns {Promise<number>} exit status; 128 + n after signal n
 */
export async function main([command = '', ...args]) {
  // npm runs scripts at the root, but this file may also be called from elsewhere.
  const root = resolve(import.meta.dirname, '../../..');
  if (command === 'doctor') return doctor(root, args);
  const job = Object.hasOwn(JOBS, command) ? JOBS[command] : undefined;
  if (job === undefined) {
    process.stderr.write(`expected a command, received ${JSON.stringify(command)}\n${USAGE}`);
    return 2;
  }

  const tell = new Tell(process.stderr);
  const children = new Children();
  children.listen();
  try {
    await setUp({ root, tell, children, env: process.env });
    return await job({ root, children, args });
  } catch (error) {
    if (error instanceof Interrupted) return error.exitStatus;
    if (!(error instanceof SetupFailure)) throw error;
    tell.failure(error);
    return 1;
  } finally {
    children.unlisten();
  }
}

/**
 * The first real job: the shipped clips through the dataset service over NATS.
 *
 * @param {Job} job
 */
async function runMainJob({ root, children, args }) {
  const srvau = join('apps', 'cli', 'bin', 'srvau.mjs');
  const clips = 'tests/fixtures/cctv';
  const out = 'runs/quickstart/dataset';
  const commands =
    args.length > 0
      ? [args]
      : [
          ['dataset', 'ingest', '--annotations', `${clips}/annotations.csv`, '--videos', clips, '--out', out],
          ['dataset', 'show', out],
        ];
  for (const command of commands) {
    const status = await children.run(process.execPath, [srvau, ...command], { cwd: root });
    if (status !== 0) return status;
  }
  return 0;
}

/**
 * @param {string} root
 * @param {string[]} args
 */
async function doctor(root, args) {
  const report = await runChecks(root);
  const color = process.stdout.isTTY && !process.env['NO_COLOR'];
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(report)}\n` : renderTable(report, { color }));
  return report.ok ? 0 : 1;
}
