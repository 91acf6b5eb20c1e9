import { applyDecorators, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { DtoClass, Subject } from '@srvau/contracts';
import { type Observable, throwError } from 'rxjs';

/** Ties handlers to `MicroServer`, so that a process may run other strategies beside it. */
export const MICRO_TRANSPORT = Symbol('srvau.micro');

export interface EndpointOptions {
  subject: Subject;
  /** Class that the request is validated against before the handler sees it. */
  request: DtoClass<object>;
  /**
   * Reads the request instead of `parseDto`, for requests so large that validation by decorators would take longer
   * than the work; it must accept and refuse the same. `what` names the request in messages.
   */
  read?: (data: unknown, what: string) => object;
  /** One line, shown by `$SRV.INFO`. */
  summary: string;
  /** Queue group other than the service's own; subjects that several services answer share one. */
  queue?: string;
}

/**
 * Marks a controller method as the handler of a request/reply subject. It receives a validated instance of
 * `request` and returns the reply; it throws `SrvauError` for what the caller should see.
 */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  return applyDecorators(
    MessagePattern(options.subject, MICRO_TRANSPORT, { endpoint: options }),
    UseFilters(new RethrowFilter()),
  );
}

/** Nest turns unknown errors into "Internal server error" before a strategy sees them; ours wants the error itself. */
@Catch()
export class RethrowFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
