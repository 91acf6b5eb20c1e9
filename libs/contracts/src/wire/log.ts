/** What our libraries need of a logger; pino's loggers fit as they are. */
export interface StructuredLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** For callers that do not want logs. */
export const silentLog: StructuredLog = { debug() {}, info() {}, warn() {}, error() {} };
