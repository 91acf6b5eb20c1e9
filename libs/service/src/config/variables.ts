import type { EnvMap, EnvVariable } from '@srvau/contracts';
import { NATS_ENV } from '@srvau/messaging';
import type { ServiceDefinition } from '../definition';
import { DEFAULT_HTTP_PORT, SERVICE_ENV, ServiceConfig } from './service-config';

/** A line of `--help`. */
export interface VariableDoc {
  name: string;
  doc: string;
  /** Empty where there is none. */
  defaultText: string;
}

/** Read by the libraries that start these programs, not by a configuration class. */
const PROGRAMS: readonly VariableDoc[] = [
  { name: 'SRVAU_FFMPEG', doc: 'path of ffmpeg', defaultText: 'ffmpeg' },
  { name: 'SRVAU_FFPROBE', doc: 'path of ffprobe', defaultText: 'ffprobe' },
  { name: 'SRVAU_NATS_SERVER', doc: 'path of the embedded NATS server', defaultText: 'nats-server' },
];

/**
 * Variables of other services, of the command line and of the set-up. All processes of a deployment often share one environment,
 * so these are nobody's typo.
 */
const OF_OTHERS = [
  ...['SRVAU_FRAME_CACHE_DIR', 'SRVAU_FRAME_CACHE_BYTES', 'SRVAU_VIDEO_CONCURRENCY', 'SRVAU_MODEL_ENDPOINTS'],
  ...['SRVAU_REWARD_PLUGINS', 'SRVAU_REWARD_TRUSTED', 'SRVAU_PLUGIN_ROOTS', 'SRVAU_REWARD_DEADLINE_MS'],
  ...['SRVAU_REWARD_MAX_ROLLOUTS', 'SRVAU_REWARD_HTTP_BYTES', 'SRVAU_REWARD_HTTP_FAILURE', 'SRVAU_REWARD_URL'],
  ...['SRVAU_REWARD_PLUGIN_MB', 'SRVAU_REWARD_PLUGIN_ENV', 'SRVAU_TRAINING_RANK_TIMEOUT_MS'],
  ...['SRVAU_TRAINING_STALL_MS', 'SRVAU_TRAINING_VIDEO_BYTES'],
  ...['SRVAU_EVALUATION_MODEL', 'SRVAU_EVALUATION_REPORTS', 'SRVAU_PREDICT_QUEUE'],
  ...['SRVAU_APPS_DIR', 'SRVAU_DEBUG', 'SRVAU_TORCH', 'SRVAU_TORCH_INDEX'],
  ...['SRVAU_NATIVE_THREADS', 'SRVAU_PEER_PYTHON', 'SRVAU_OPENAI_API_KEY', 'SRVAU_OPENAI_API_KEY_FILE'],
];

/** Every variable that this service reads, as `--help` shows them. */
export function variablesOf(definition: ServiceDefinition): VariableDoc[] {
  const own = definition.config;
  return [
    ...docsOf(SERVICE_ENV, { ...new ServiceConfig(), httpPort: DEFAULT_HTTP_PORT[definition.service] }),
    ...(own === undefined ? [] : docsOf(own.env, new own.type())),
    ...docsOf(NATS_ENV, {}),
    ...PROGRAMS,
  ];
}

export function knownNames(definition: ServiceDefinition): ReadonlySet<string> {
  return new Set([...variablesOf(definition).map((variable) => variable.name), ...OF_OTHERS]);
}

function docsOf(map: EnvMap<object>, defaults: object): VariableDoc[] {
  return (Object.entries(map) as [string, EnvVariable][]).map(([field, variable]) => ({
    name: variable.name,
    doc: variable.doc,
    defaultText: textOf((defaults as Record<string, unknown>)[field], variable),
  }));
}

function textOf(value: unknown, variable: EnvVariable): string {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(variable.separator ?? ',') : String(value);
}
