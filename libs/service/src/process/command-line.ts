import { parseArgs } from 'node:util';
import { variablesOf } from '../config/variables';
import type { ServiceDefinition } from '../definition';
import { EXIT, StartFailure } from '../exit-codes';

/**
 * Answers `--help` and `--version`.
 * @returns what to print, or undefined when the service is to start.
 * @throws StartFailure for any other argument: services are configured by environment variables.
 */
export function answerCommandLine(definition: ServiceDefinition, args: readonly string[]): string | undefined {
  let values: { help?: boolean | undefined; version?: boolean | undefined };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
    }));
  } catch (error) {
    throw new StartFailure(
      `expected --help, --version or no argument, received ${args.join(' ')}; configuration is by environment variables`,
      EXIT.usage,
      { cause: error },
    );
  }
  if (values.help === true) return usage(definition);
  return values.version === true ? definition.version : undefined;
}

function usage(definition: ServiceDefinition): string {
  const variables = variablesOf(definition);
  const nameWidth = Math.max(...variables.map(({ name }) => name.length));
  const defaultWidth = Math.max(...variables.map(({ defaultText }) => defaultText.length));
  const lines = variables.map(
    ({ name, defaultText, doc }) => `  ${name.padEnd(nameWidth)}  ${defaultText.padEnd(defaultWidth)}  ${doc}`,
  );
  const codes = Object.entries(EXIT).map(([name, code]) => `${code} ${name}`);
  return [
    `srvau-${definition.service} ${definition.version}: ${definition.description}`,
    '',
    `  ${'variable'.padEnd(nameWidth)}  ${'default'.padEnd(defaultWidth)}  meaning`,
    ...lines,
    '',
    'An empty variable counts as not set. HTTP: /livez, /readyz, /metrics.',
    'SIGTERM drains: work under way is finished or handed over; a second signal ends at once.',
    `Exit codes: ${codes.join(', ')}.`,
  ].join('\n');
}
