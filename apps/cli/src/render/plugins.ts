import type { NewPlugin, PluginManifest } from '@srvau/reward-host';
import type { Colors } from '../terminal';
import { table } from './table';
import { printable } from './text';

export function pluginsText(plugins: readonly PluginManifest[], colors: Colors): string {
  const rows = plugins.map(({ id, package: { name, version }, sdk, transport, summary, dir }) => [
    ...[colors.bold(id), `${name} ${version}`, sdk, transport === 'nats' ? 'NATS' : 'module'],
    ...[printable(summary), colors.dim(dir)],
  ]);
  return table(rows, colors, { head: ['ID', 'PACKAGE', 'SDK', 'RUNS AS', 'SUMMARY', 'FOLDER'] });
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
