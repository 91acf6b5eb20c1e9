/**
 * Error codes of the wire and the HTTP status each stands for. The code is the stable part of an error:
 * callers in any language branch on it; messages are for people and may change.
 */
export const ERROR_STATUS = {
  INVALID_JSON: 400,
  INVALID_REQUEST: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  /** The request is well formed, but what it points at (a CSV, a video) cannot be used. */
  UNPROCESSABLE: 422,
  BUSY: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One fault: where it is, what was expected there, and what came. */
export interface ErrorDetail {
  /** Path of the field, e.g. `options[2].text`; for files `row 12, column "Start Time"`. */
  field: string;
  expected: string;
  /** Short rendering of the value that came, see `describe`. */
  received: string;
}

/** Body of an error reply: `{"error": WireError}`. */
export interface WireError {
  code: ErrorCode;
  message: string;
  details?: ErrorDetail[];
  /** When the same request is worth sending again, in ms from now; BUSY has it where the service can tell. */
  retryAfterMs?: number;
}

/** Codes after which the same request may succeed later. Everything else is final. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['BUSY', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL']);

/** An error whose message is meant for the caller. Anything else that is thrown reaches callers as INTERNAL. */
export class SrvauError extends Error {
  override readonly name = 'SrvauError';
  readonly details: readonly ErrorDetail[];
  /** When the same request is worth sending again, in ms from now (≥ 0); undefined where nobody can tell. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { details?: readonly ErrorDetail[]; cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }

  toWire(): WireError {
    const { code, message, details, retryAfterMs } = this;
    return {
      ...{ code, message },
      ...(details.length > 0 ? { details: [...details] } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }

  /**
   * The usual error: `<where>: expected …, received …`, and the same as its one detail.
   * @param where what was wrong, as people call it; also the detail's field, unless `field` names another.
   * @param received short rendering of what came, see `describe`.
   */
  static mismatch(
    code: ErrorCode,
    where: string,
    expected: string,
    received: string,
    { field = where, cause }: { field?: string; cause?: unknown } = {},
  ): SrvauError {
    const details = [{ field, expected, received }];
    return new SrvauError(code, `${where}: expected ${expected}, received ${received}`, { details, cause });
  }

  static fromWire(error: WireError): SrvauError {
    const code = error.code in ERROR_STATUS ? error.code : 'INTERNAL';
    const { retryAfterMs } = error;
    const isTime = typeof retryAfterMs === 'number' && retryAfterMs >= 0;
    return new SrvauError(code, error.message, {
      details: error.details ?? [],
      retryAfterMs: isTime ? retryAfterMs : undefined,
    });
  }

  /** Keeps a SrvauError as it is; hides anything else behind INTERNAL, with the original as `cause` for the log. */
  static from(thrown: unknown): SrvauError {
    if (thrown instanceof SrvauError) return thrown;
    return new SrvauError('INTERNAL', 'internal error; the service log holds the cause', { cause: thrown });
  }
}
