import type { EnvMap, ServiceName } from '@srvau/contracts';
import { DEFAULT_LEASE_MS, DEFAULT_MAX_MESSAGE_BYTES, DEFAULT_RETRY_MS } from '@srvau/messaging';
import { IsArray, IsBoolean, IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { WholeNumber } from './whole-number';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One port a service, so that all of them run beside each other on one machine. */
export const DEFAULT_HTTP_PORT: Readonly<Record<ServiceName, number>> = {
  dataset: 7101,
  training: 7102,
  reward: 7103,
  evaluation: 7104,
};

const DAY_MS = 24 * 3600 * 1000;

/** Configuration that every service process has. A service adds its own variables in a subclass. */
export class ServiceConfig {
  @Matches(/^[^\s/]+$/, { message: 'httpHost must be an IP address or a host name' })
  httpHost: string = '127.0.0.1';

  /** Without it `DEFAULT_HTTP_PORT` of the service. */
  @IsOptional()
  @WholeNumber(0, 65_535)
  httpPort?: number;

  @IsIn(LOG_LEVELS, { message: `logLevel must be one of ${LOG_LEVELS.join(', ')}` })
  logLevel: LogLevel = 'info';

  @IsBoolean({ message: 'logPretty must be true or false' })
  logPretty: boolean = false;

  @WholeNumber(0, DAY_MS)
  drainMs: number = 25_000;

  @IsString()
  home: string = '.srvau';

  @IsArray()
  @Matches(/^\/[^\0]*$/, { each: true, message: 'fileRoots must be absolute paths with ":" between them' })
  fileRoots: string[] = [];

  // The URL stays free of secrets: S3 credentials come from the AWS SDK's own sources.
  @IsOptional()
  @Matches(/^https?:\/\/[^\s@]+$/, {
    message: 's3Endpoint must be an http:// or https:// URL without user and password',
  })
  s3Endpoint?: string;

  @IsOptional()
  @Matches(/^[a-z0-9-]+$/, { message: 's3Region must be the name of a region, such as eu-central-1' })
  s3Region?: string;

  @IsOptional()
  @IsBoolean({ message: 's3PathStyle must be true or false' })
  s3PathStyle?: boolean;

  @WholeNumber(1024, 64 * 1024 * 1024)
  maxMessageBytes: number = DEFAULT_MAX_MESSAGE_BYTES;

  @WholeNumber(1, 100_000)
  maxInFlight: number = 1024;

  @WholeNumber(1, 1024)
  jobConcurrency: number = 1;

  @WholeNumber(1_000, DAY_MS)
  jobLeaseMs: number = DEFAULT_LEASE_MS;

  @WholeNumber(1, DAY_MS)
  jobRetryMs: number = DEFAULT_RETRY_MS;

  @IsIn([1, 3, 5], { message: 'jetstreamReplicas must be 1, 3 or 5' })
  jetstreamReplicas: number = 1;
}

export const SERVICE_ENV: EnvMap<ServiceConfig> = {
  httpHost: {
    name: 'SRVAU_HTTP_HOST',
    kind: 'string',
    doc: 'address that HTTP listens on: health, metrics, and the routes of a service; 0.0.0.0 for all',
  },
  httpPort: { name: 'SRVAU_HTTP_PORT', kind: 'number', doc: 'port of HTTP; 0 takes any free one' },
  logLevel: { name: 'SRVAU_LOG_LEVEL', kind: 'string', doc: `least severe level to log: ${LOG_LEVELS.join(', ')}` },
  logPretty: { name: 'SRVAU_LOG_PRETTY', kind: 'boolean', doc: 'log lines for people instead of JSON' },
  drainMs: { name: 'SRVAU_DRAIN_MS', kind: 'number', doc: 'longest time from the signal to stop to the end, in ms' },
  home: { name: 'SRVAU_HOME', kind: 'string', doc: 'directory for local state: embedded NATS, caches' },
  fileRoots: {
    name: 'SRVAU_FILE_ROOTS',
    kind: 'list',
    separator: ':',
    doc: 'directories below which file: URIs are served, ":" between them; none without it',
  },
  s3Endpoint: {
    name: 'SRVAU_S3_ENDPOINT',
    kind: 'string',
    secret: true,
    doc: 'URL of an S3-compatible server; AWS without it',
  },
  s3Region: { name: 'SRVAU_S3_REGION', kind: 'string', doc: 'S3 region; else by the AWS SDK' },
  s3PathStyle: {
    name: 'SRVAU_S3_PATH_STYLE',
    kind: 'boolean',
    doc: 'bucket in the path instead of the host name; true with an endpoint',
  },
  maxMessageBytes: {
    name: 'SRVAU_MAX_MESSAGE_BYTES',
    kind: 'number',
    doc: 'largest request that is read; larger ones are refused',
  },
  maxInFlight: {
    name: 'SRVAU_MAX_IN_FLIGHT',
    kind: 'number',
    doc: 'requests handled at once; beyond it callers are told BUSY',
  },
  jobConcurrency: {
    name: 'SRVAU_JOB_CONCURRENCY',
    kind: 'number',
    doc: 'jobs of each kind that this process works on at once',
  },
  jobLeaseMs: {
    name: 'SRVAU_JOB_LEASE_MS',
    kind: 'number',
    doc: 'silence of a worker after which its job goes to another, in ms',
  },
  jobRetryMs: {
    name: 'SRVAU_JOB_RETRY_MS',
    kind: 'number',
    doc: 'wait before a failed attempt at a job is tried again, in ms; doubles with each one, up to a minute',
  },
  jetstreamReplicas: {
    name: 'SRVAU_JETSTREAM_REPLICAS',
    kind: 'number',
    doc: 'copies of jobs in a NATS cluster: 1, 3 or 5',
  },
};

/** Options of an `ArtifactStore` for what this configuration allows. */
export function artifactOptions(config: ServiceConfig): {
  fileRoots: string[];
  s3: { endpoint?: string; region?: string; forcePathStyle?: boolean };
} {
  const { fileRoots, s3Endpoint, s3Region, s3PathStyle } = config;
  return {
    fileRoots,
    s3: {
      ...(s3Endpoint === undefined ? {} : { endpoint: s3Endpoint }),
      ...(s3Region === undefined ? {} : { region: s3Region }),
      ...(s3PathStyle === undefined ? {} : { forcePathStyle: s3PathStyle }),
    },
  };
}
