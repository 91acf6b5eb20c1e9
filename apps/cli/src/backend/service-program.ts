import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ServiceName } from '@srvau/contracts';
import { CliError, EXIT } from '../exit';

/**
 * The program of a service. Services are started as processes of their own and never imported.
 *
 * Looked for in `SRVAU_APPS_DIR/<service>/dist/main.js` when that variable is set (an image that lays the services out
 * side by side), else in the package `@srvau/<service>`, wherever npm has put it (the workspace, or an installation).
 *
 * @throws CliError when it is not there or not built
 */
export function serviceProgram(service: ServiceName, env: NodeJS.ProcessEnv): string {
  const appsDir = env['SRVAU_APPS_DIR'];
  const home = appsDir === undefined || appsDir === '' ? packageDir(service) : resolve(appsDir, service);
  const program = home === undefined ? undefined : join(home, 'dist', 'main.js');
  if (program !== undefined && existsSync(program)) return program;
  throw new CliError(
    EXIT.configuration,
    'UNAVAILABLE',
    `the program of the ${service} service was not found${program === undefined ? '' : ` at ${program}`}; ` +
      'build it with npm run setup, set SRVAU_APPS_DIR to the folder that holds <service>/dist/main.js, ' +
      'or set SRVAU_NATS_URL to use services that run elsewhere',
  );
}

function packageDir(service: ServiceName): string | undefined {
  try {
    return dirname(require.resolve(`@srvau/${service}/package.json`));
  } catch {
    // Not installed: the caller says what to do.
    return undefined;
  }
}
