import { join } from 'node:path';
import { apiReport } from './api-report.mjs';

/**
 * The packages whose API others depend on: their entry points with the modules behind them, and who those others are.
 *
 * @type {Record<string, { dir: string, callers: string, entryPoints: Record<string, string> }>}
 */
export const REPORTS = {
  '@srvau/reward-sdk': {
    dir: 'libs/reward-sdk',
    callers: 'every plugin',
    entryPoints: { '@srvau/reward-sdk': 'index.ts', '@srvau/reward-sdk/testing': 'testing/index.ts' },
  },
  '@srvau/evaluation-client': {
    dir: 'libs/evaluation-client',
    callers: 'every program that uses it',
    entryPoints: { '@srvau/evaluation-client': 'index.ts' },
  },
};

/**
 * @param {string} root of the workspace
 * @param {string | undefined} name of the package
 * @returns {{ file: string, text: string }} where the package's report lies, and what should stand there
 */
export function reportOf(root, name) {
  const report = name === undefined ? undefined : REPORTS[name];
  if (name === undefined || report === undefined) {
    throw new Error(`expected one of the packages ${Object.keys(REPORTS).join(', ')}, received ${name ?? 'none'}`);
  }
  const entryPoints = Object.entries(report.entryPoints).map(([entry, source]) => ({
    name: entry,
    source: join(root, report.dir, 'src', source),
  }));
  return { file: join(root, report.dir, 'api.md'), text: apiReport(root, name, report.callers, entryPoints) };
}
