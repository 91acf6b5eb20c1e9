import type { NewPlugin, PluginManifest } from '@srvau/reward-host';
import type { ConformanceReport } from '@srvau/reward-sdk/testing';
import type { Colors } from '../terminal';
import { table } from './table';
import { plural, printable } from './text';

export function pluginsText(plugins: readonly PluginManifest[], colors: Colors): string {
  const rows = plugins.map(({ id, package: { name, version }, sdk, transport, summary, dir }) => [
    ...[colors.bold(id), `${name} ${version}`, sdk, transport === 'nats' ? 'NATS' : 'module'],
    ...[printable(summary), colors.dim(dir)],
  ]);
  return table(rows, colors, { head: ['ID', 'PACKAGE', 'SDK', 'RUNS AS', 'SUMMARY', 'FOLDER'] });
}

/** A line a check, and under each failed one what was expected and what came. */
export function reportText({ plugin, passed, checks }: ConformanceReport, colors: Colors): string {
  const lines = checks.flatMap(({ name, passed: ok, where = '', expected = '', received = '' }) => {
    if (ok) return [`${colors.green('✓')} ${name}`];
    const place = where === '' ? [] : [`    where     ${printable(where)}`];
    return [
      `${colors.red('✗')} ${name}`,
      ...place,
      `    expected  ${printable(expected)}`,
      `    received  ${printable(received)}`,
    ];
  });
  const failed = checks.filter(({ passed: ok }) => !ok).length;
  const verdict = passed
    ? colors.green(`${plugin} conforms: ${plural(checks.length, 'check')} passed`)
    : colors.red(`${plugin} does not conform: ${failed} of ${plural(checks.length, 'check')} failed`);
  return [...lines, '', verdict].join('\n');
}

export function newPluginText({ name, kind, files }: NewPlugin, place: string, colors: Colors): string {
  const steps =
    kind === 'workspace'
      ? ['npm install', `npx tsc -b ${place}`, `npx srvau plugin test ${place}`]
      : [`cd ${place}`, 'npm install', 'npm test', 'srvau plugin test .'];
  return [
    `${colors.bold(name)} in ${place}:`,
    ...files.map((file) => `  ${file}`),
    '',
    'Next:',
    ...steps.map((step) => `  ${step}`),
    ...(kind === 'workspace' ? [] : ['', 'Its README says how to install @srvau/reward-sdk where no registry has it.']),
  ].join('\n');
}
