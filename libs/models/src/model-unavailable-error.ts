import { SrvauError } from '@srvau/contracts';

/** The backend is away, overloaded, or gives nothing that can be used: the same request may succeed later. */
export class ModelUnavailableError extends SrvauError {
  /** @param options `retryAfterMs`: when the backend wants to be asked again, where it says */
  constructor(
    code: 'UNAVAILABLE' | 'DEADLINE_EXCEEDED',
    message: string,
    options: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
