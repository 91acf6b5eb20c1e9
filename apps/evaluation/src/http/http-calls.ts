import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { type ErrorCode, SrvauError } from '@srvau/contracts';
import { REQUEST_ID_HEADER, requestContext } from '@srvau/messaging';
import { Readiness, ServiceMetrics } from '@srvau/service';
import { type Observable, tap } from 'rxjs';
import { EvaluationConfig } from '../evaluation-config';
import { HttpCaller, type HttpRequest, setCaller } from './http-caller';
import { requireLocalHost } from './require-local-host';
import { routeOf } from './route-options';

/** Ids come from callers and go to every log line. */
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const BUSY_RETRY_MS = 500;
const DRAINING_RETRY_MS = 1_000;

/** What every route has: a bound on calls at once, request ids, metrics, and answers that are out before the process ends. */
@Injectable()
export class HttpCalls implements NestInterceptor {
  /** Answers that have not gone out yet. */
  private readonly answers = new Set<Promise<unknown>>();
  private underWay = 0;

  constructor(
    private readonly config: EvaluationConfig,
    private readonly readiness: Readiness,
    private readonly metrics: ServiceMetrics,
  ) {
    readiness.beforeClosing(() => Promise.all(this.answers));
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    const route = routeOf(context.getHandler());
    const what = `${route?.method ?? ''} ${route?.path ?? ''}`;
    const started = performance.now();
    const done = (code: ErrorCode | 'OK'): void =>
      this.metrics.requestDone(what, code, (performance.now() - started) / 1000);

    const requestId = idOf(request);
    response.setHeader(REQUEST_ID_HEADER, requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    try {
      this.admit(request);
    } catch (error) {
      done(codeOf(error));
      throw error;
    }
    this.underWay += 1;
    response.once('close', () => (this.underWay -= 1));
    const { maxMessageBytes: maxBytes } = this.config;
    setCaller(request, new HttpCaller(request, response, { what, maxBytes, onReceived: () => this.track(response) }));
    return requestContext
      .run({ requestId }, () => next.handle())
      .pipe(tap({ error: (error: unknown) => done(codeOf(error)), complete: () => done('OK') }));
  }

  private admit(request: HttpRequest): void {
    requireLocalHost(request.headers.host, this.config.httpHost);
    if (this.readiness.draining) {
      throw new SrvauError('UNAVAILABLE', 'this process is about to end; ask another one', {
        retryAfterMs: DRAINING_RETRY_MS,
      });
    }
    const { maxInFlight } = this.config;
    if (this.underWay < maxInFlight) return;
    throw new SrvauError('BUSY', `${maxInFlight} requests are under way; try again later or add replicas`, {
      retryAfterMs: BUSY_RETRY_MS,
    });
  }

  /** Only once a request is there as a whole: a caller who is still sending must not hold up the end. */
  private track(response: ServerResponse): void {
    const closed = new Promise<void>((done) => response.once('close', done));
    this.answers.add(closed);
    void closed.finally(() => this.answers.delete(closed));
  }
}

function idOf({ headers }: HttpRequest): string {
  const given = headers[REQUEST_ID_HEADER.toLowerCase()];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof HttpException ? 'INVALID_REQUEST' : SrvauError.from(error).code;
}
