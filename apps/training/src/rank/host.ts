import { join } from 'node:path';
import type { StructuredLog } from '@srvau/contracts';
import { createLogger, loadConfig, logDestination, packageVersion } from '@srvau/service';
import { TRAINING_ENV, TrainingConfig } from '../training-config';

const version = packageVersion(join(__dirname, '..'));

/** The configuration of the training service, which its ranks share. @throws SrvauError INVALID_REQUEST naming variables */
export function hostConfig(): TrainingConfig {
  const definition = {
    ...({ service: 'training', description: 'one rank of a training', version } as const),
    module: class {},
    config: { type: TrainingConfig, env: TRAINING_ENV },
  };
  return loadConfig(definition, process.env).config;
}

export async function rankLog(config: TrainingConfig, fields: object): Promise<StructuredLog> {
  const { logLevel: level, logPretty } = config;
  const logger = createLogger({ service: 'training', version, level }, await logDestination(logPretty));
  // Typed before it is returned: pino's own type has any field, `then` too.
  const log: StructuredLog = logger.child(fields);
  return log;
}
