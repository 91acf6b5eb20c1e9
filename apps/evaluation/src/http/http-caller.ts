import type { IncomingMessage, ServerResponse } from 'node:http';
import { createParamDecorator, type ExecutionContext, NotAcceptableException } from '@nestjs/common';
import { describe, type DtoClass, parseDto, SrvauError } from '@srvau/contracts';
import { readJsonBody } from '@srvau/service';

/** What we need of Express' request. */
export interface HttpRequest extends IncomingMessage {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, unknown>>;
  /** The one of the types that the header Accept likes best. */
  accepts(types: string[]): string | false;
}

export interface HttpCallerOptions {
  /** Method and path, for messages. */
  what: string;
  /** Bytes of a body, at most. */
  maxBytes: number;
  /** Called once the whole request is there; from now on it is to be answered also while the process ends. */
  onReceived(): void;
}

/** One call over HTTP, as a handler sees it. */
export class HttpCaller {
  private readonly gone = new AbortController();

  constructor(
    private readonly request: HttpRequest,
    private readonly response: ServerResponse,
    private readonly options: HttpCallerOptions,
  ) {
    response.once('close', () => {
      if (!response.writableFinished) this.gone.abort(new SrvauError('CANCELLED', 'the caller closed the connection'));
    });
  }

  /** Aborts when the caller goes away before the answer is out. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  /** @throws SrvauError naming the field, also where the body is no JSON or too large */
  async body<T extends object>(type: DtoClass<T>, read = defaultReader(type)): Promise<T> {
    const { what, maxBytes } = this.options;
    const data = await readJsonBody(this.request, {
      ...{ limit: maxBytes, what, strictType: true },
      advice: 'larger data travels by URI, or raise SRVAU_MAX_MESSAGE_BYTES',
    });
    this.received();
    return read(data, what);
  }

  /** The request has no body that matters. */
  received(): void {
    this.signal.throwIfAborted();
    this.options.onReceived();
  }

  param(name: string): string {
    return this.request.params[name] ?? '';
  }

  /** Parameters behind the `?`; digits are a number. @throws SrvauError naming the parameter */
  query<T extends object>(type: DtoClass<T>): T {
    const { query } = this.request;
    const values = Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
    ]);
    return parseDto(type, Object.fromEntries(values), `${this.options.what}: the URL`);
  }

  /** Which of the types the caller wants; the first one where it does not say. @throws NotAcceptableException */
  wants<T extends string>(types: readonly [T, ...T[]]): T {
    const found = this.request.accepts([...types]);
    if (found !== false) return found as T;
    const received = describe(this.request.headers.accept);
    const cause = SrvauError.mismatch('INVALID_REQUEST', 'Accept', types.join(' or '), received);
    throw new NotAcceptableException(cause.message, { cause });
  }

  /** Another status than the usual one. */
  answersWith(status: number): void {
    this.response.statusCode = status;
  }

  setHeader(name: string, value: string): void {
    this.response.setHeader(name, value);
  }
}

function defaultReader<T extends object>(type: DtoClass<T>): (data: unknown, what: string) => T {
  return (data, what) => parseDto(type, data, what);
}

const callers = new WeakMap<IncomingMessage, HttpCaller>();

export function setCaller(request: IncomingMessage, caller: HttpCaller): void {
  callers.set(request, caller);
}

/** The `HttpCaller` of a handler that is marked with `@HttpRoute`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): HttpCaller => {
  const caller = callers.get(context.switchToHttp().getRequest<IncomingMessage>());
  if (caller === undefined) throw new Error('@Caller() belongs to handlers with @HttpRoute()');
  return caller;
});
