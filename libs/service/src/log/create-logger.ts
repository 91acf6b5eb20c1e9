import { requestContext } from '@srvau/messaging';
import { destination, type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { LogLevel } from '../config/service-config';
import { redactFields, redactUrls } from './redact';

export interface LogOptions {
  service: string;
  version: string;
  level: LogLevel;
}

/**
 * Standard output, where containers expect logs. Lines are written synchronously, so that the last words of a process
 * that dies are not lost.
 */
export async function logDestination(pretty: boolean): Promise<DestinationStream> {
  if (!pretty) return destination({ dest: 1, sync: true });
  // Loaded here only: in production nobody reads pretty lines.
  const { PinoPretty } = await import('pino-pretty');
  return PinoPretty({ sync: true, ignore: 'service,version,pid', translateTime: 'SYS:HH:MM:ss.l' });
}

/** Logger of a service process: one JSON object a line, with the ids of the request or job that it belongs to. */
export function createLogger(options: LogOptions, stream: DestinationStream): Logger {
  const { service, version, level } = options;
  return pino(
    {
      level,
      base: { service, version, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      mixin: () => ({ ...requestContext.getStore() }),
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      serializers: { err: (error: Error) => redactFields(stdSerializers.err(error)) },
      hooks: { streamWrite: redactUrls },
    },
    stream,
  );
}
