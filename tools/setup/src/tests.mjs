import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Counts of one suite. A suite that could not run at all counts as one failure. @typedef {{passed: number, failed: number}} Count */

const STATE = '.srvau/setup';
const JEST_REPORT = `${STATE}/jest.json`;
const CTEST_REPORT = `${STATE}/ctest.xml`;
const CTEST_LOG = `${STATE}/ctest.log`;
/** Counts by suite, for whoever runs us (see .ci/run). */
const REPORT = `${STATE}/tests.json`;

/**
 * Type check of the specs, jest (unit, workspace, e2e) and the native core's own tests, all of them even when one fails.
 * With arguments: jest alone, with these.
 *
 * @param {import('./main.mjs').Job} job
 * @returns {Promise<number>}
 */
export async function runTests({ root, children, args }) {
  const jest = ['node_modules/jest/bin/jest.js'];
  if (args.length > 0) return children.run(process.execPath, [...jest, ...args], { cwd: root });

  mkdirSync(join(root, STATE), { recursive: true });
  for (const file of [JEST_REPORT, CTEST_REPORT, CTEST_LOG, REPORT]) rmSync(join(root, file), { force: true });

  const [types, buildStatus] = await Promise.all([
    children.run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.spec.json'], { cwd: root }),
    // Set-up has built the addon alone.
    children.run('cmake', ['--build', 'native/build', '-j', '2'], { cwd: root }),
  ]);
  // Tests share the cores with each other: tensor threads that wait had better sleep.
  const env = { OMP_WAIT_POLICY: 'passive', ...process.env };
  // Both wait now and then, for time-outs and for processes, so the core's tests go beside jest, one at a time.
  const [jestStatus, ctestStatus] = await Promise.all([
    children.run(process.execPath, [...jest, '--json', `--outputFile=${JEST_REPORT}`], { cwd: root, env }),
    children.run('ctest', ctestArgs(root), { cwd: root, env }),
  ]);
  process.stdout.write(readText(join(root, CTEST_LOG)) ?? '');

  const counts = {
    types: types === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 },
    jest: counted(jestStatus, readText(join(root, JEST_REPORT)), countJest),
    ctest: counted(buildStatus || ctestStatus, readText(join(root, CTEST_REPORT)), countCtest),
  };
  writeFileSync(join(root, REPORT), JSON.stringify(counts));
  process.stdout.write(`\n${summarize(counts)}`);
  return Object.values(counts).some(({ failed }) => failed > 0) ? 1 : 0;
}

/**
 * What it says goes to a log, for after that of jest.
 *
 * @param {string} root
 */
function ctestArgs(root) {
  const reports = ['--output-log', join(root, CTEST_LOG), '--output-junit', join(root, CTEST_REPORT)];
  return ['--test-dir', 'native/build', '--quiet', '--output-on-failure', '--no-tests=error', ...reports];
}

/**
 * @param {Record<string, Count>} counts
 * @returns {string} one line a suite, then the sum alone on a line
 */
export function summarize(counts) {
  const sum = { passed: 0, failed: 0 };
  const lines = Object.entries(counts).map(([suite, { passed, failed }]) => {
    sum.passed += passed;
    sum.failed += failed;
    return `${suite}: ${passed} passed, ${failed} failed`;
  });
  return `${lines.join('\n')}\n${sum.passed} passed, ${sum.failed} failed\n`;
}

/**
 * A runner that failed must never read as "0 failed", whatever its report says.
 *
 * @param {number} status
 * @param {string | null} report
 * @param {(report: string) => Count} count
 * @returns {Count}
 */
export function counted(status, report, count) {
  const result = report === null ? { passed: 0, failed: 0 } : count(report);
  const silentFailure = result.failed === 0 && (status !== 0 || report === null);
  return silentFailure ? { ...result, failed: 1 } : result;
}

/** @param {string} report */
export function countJest(report) {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(report);
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}

/** @param {string} report JUnit XML; its root element carries the counts */
export function countCtest(report) {
  const attribute = (/** @type {string} */ name) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(report)?.[1] ?? 0);
  const failed = attribute('failures');
  return { passed: attribute('tests') - failed - attribute('skipped') - attribute('disabled'), failed };
}

/** @param {string} file */
function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
