import type { ErrorCode, ErrorDetail } from '@srvau/contracts';

/** Exit codes of the command; from 64 on they are those of sysexits.h, from 128 on 128 + the number of a signal. */
export const EXIT = {
  ok: 0,
  /** The job or the check ended without success; the message says why. */
  failed: 1,
  usage: 2,
  /** The work went on to its end; the output says what of it failed. */
  partial: 3,
  unavailable: 69,
  /** A fault of ours. */
  internal: 70,
  outputLost: 74,
  configuration: 78,
  hangup: 129,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

/** The table of `srvau --help`. */
export const EXIT_CODE_HELP: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'the job failed or was cancelled, a check failed, or the input cannot be used'],
  [EXIT.usage, 'wrong usage'],
  [EXIT.partial, 'done, but part of it failed, a plugin on some rollouts for instance; the output says where'],
  [EXIT.unavailable, 'a service, or NATS, does not answer'],
  [EXIT.internal, 'a fault in srvau itself'],
  [EXIT.outputLost, 'the output could not be written, e.g. on a full disk'],
  [EXIT.configuration, 'wrong configuration, e.g. of an environment variable'],
  [EXIT.hangup, 'the terminal went away'],
  [EXIT.interrupted, 'interrupted with Ctrl-C'],
  [EXIT.brokenPipe, 'the reader of the output went away'],
  [EXIT.terminated, 'terminated'],
];

/** An error with an exit code of its own choice. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exitCode: number,
    readonly code: ErrorCode,
    message: string,
    options: { details?: readonly ErrorDetail[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? [];
  }

  readonly details: readonly ErrorDetail[];
}

export const usageError = (message: string, details: readonly ErrorDetail[] = []): CliError =>
  new CliError(EXIT.usage, 'INVALID_REQUEST', message, { details });

const EXIT_OF_CODE: Readonly<Record<ErrorCode, number>> = {
  INVALID_JSON: EXIT.usage,
  INVALID_REQUEST: EXIT.usage,
  PAYLOAD_TOO_LARGE: EXIT.usage,
  FORBIDDEN: EXIT.failed,
  NOT_FOUND: EXIT.failed,
  CONFLICT: EXIT.failed,
  UNPROCESSABLE: EXIT.failed,
  CANCELLED: EXIT.failed,
  BUSY: EXIT.unavailable,
  UNAVAILABLE: EXIT.unavailable,
  DEADLINE_EXCEEDED: EXIT.unavailable,
  INTERNAL: EXIT.internal,
};

/** The one place where errors become exit codes. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  const code = wireCodeOf(error);
  return code === undefined ? EXIT.internal : EXIT_OF_CODE[code];
}

/** The code of a SrvauError. Told by name: `srvau --help` must not wait for the contracts to load. */
export function wireCodeOf(error: unknown): ErrorCode | undefined {
  if (!(error instanceof Error) || error.name !== 'SrvauError' || !('code' in error)) return undefined;
  return typeof error.code === 'string' && error.code in EXIT_OF_CODE ? (error.code as ErrorCode) : undefined;
}
