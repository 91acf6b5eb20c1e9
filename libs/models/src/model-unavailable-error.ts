import { SrvauError } from '@srvau/contracts';

/** The backend is away, overloaded, or gives nothing that can be used: the same request may succeed later. */
export class ModelUnavailableError extends SrvauError {
  /** When the backend wants to be asked again, ms from the failure; undefined where it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: 'UNAVAILABLE' | 'DEADLINE_EXCEEDED',
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(code, message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}
