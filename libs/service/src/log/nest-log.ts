import type { LoggerService } from '@nestjs/common';
import type { StructuredLog } from '@srvau/contracts';

/** Sends what Nest itself logs, `(message, ...parameters, context)`, to our logger. */
export class NestLog implements LoggerService {
  constructor(private readonly target: StructuredLog) {}

  /** Nest tells a dozen lines at each start; they are of use only to who looks for a fault in the wiring. */
  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  private write(level: 'debug' | 'warn' | 'error', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const stack = rest.find((part) => typeof part === 'string' && part.includes('\n    at '));
    const fields = {
      ...(typeof context === 'string' && context !== stack ? { context } : {}),
      ...(stack === undefined ? {} : { stack }),
      ...(message instanceof Error ? { err: message } : {}),
    };
    this.target[level](fields, message instanceof Error ? message.message : String(message));
  }
}
