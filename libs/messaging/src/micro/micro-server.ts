import { type NatsConnection, type Msg, headers, nuid } from '@nats-io/transport-node';
import { type Service, Svcm } from '@nats-io/services';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import {
  adviceWhenTooLarge,
  type ErrorCode,
  jsonSchemaOf,
  microServiceName,
  parseDto,
  type ServiceName,
  silentLog,
  SrvauError,
  type StructuredLog,
} from '@srvau/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { NatsLink } from '../connection/link';
import { type MessagingObserver, silentObserver } from '../observer';
import { REQUEST_ID_HEADER, requestContext } from '../request-context';
import { type EndpointOptions, MICRO_TRANSPORT } from './endpoint';
import { type DecodedRequest, decodeRequest, encodeError, encodeReply } from './envelope';

export interface MicroServerOptions {
  service: ServiceName;
  /** Semver of the running build, shown by `$SRV.INFO`. */
  version: string;
  description: string;
  link: NatsLink;
  /** Larger requests are refused with PAYLOAD_TOO_LARGE. */
  maxMessageBytes?: number;
  /** Requests handled at once; beyond it callers get BUSY instead of a growing queue. */
  maxInFlight?: number;
  log?: StructuredLog;
  observer?: MessagingObserver;
}

interface Route {
  options: EndpointOptions;
  handler: (data: unknown, context: unknown) => Promise<unknown>;
}

export const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;
/** Ids come from callers and go to every log line. */
const MAX_REQUEST_ID_CHARS = 128;
const DEFAULT_MAX_IN_FLIGHT = 1024;
/** Most requests are answered sooner; those that are not have bounds of their own, which know better. */
const BUSY_RETRY_MS = 500;

/**
 * Nest transport strategy for NATS request/reply.
 *
 * Each `@Endpoint` becomes an endpoint of one NATS micro service, with its JSON Schema in the metadata, so that any
 * NATS client discovers it through `$SRV.INFO`. Whatever comes in, the caller gets an answer: a reply, or
 * `{"error":{code,message,details}}` with the headers `Nats-Service-Error-Code` and `Nats-Service-Error`.
 */
export class MicroServer extends Server implements CustomTransportStrategy {
  override readonly transportId = MICRO_TRANSPORT;
  private readonly log: StructuredLog;
  private readonly observer: MessagingObserver;
  private readonly inFlight = new Set<Promise<void>>();
  private service: Service | undefined;
  private closed = false;

  constructor(private readonly options: MicroServerOptions) {
    super();
    this.log = options.log ?? silentLog;
    this.observer = options.observer ?? silentObserver;
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  /** Takes no new requests and waits until those under way are answered. The connection stays open: it is shared. */
  async close(): Promise<void> {
    this.closed = true;
    await this.service?.stop();
    await Promise.all(this.inFlight);
  }

  on(): never {
    throw new Error('MicroServer has no events');
  }

  unwrap<T>(): T {
    return this.service as T;
  }

  private async start(): Promise<void> {
    const connection = await this.options.link.connection();
    if (this.closed) return;
    const name = microServiceName(this.options.service);
    this.service = await new Svcm(connection).add({
      name,
      version: this.options.version,
      description: this.options.description,
      queue: name,
    });
    for (const handler of this.messageHandlers.values()) {
      const endpoint = (handler.extras as { endpoint: EndpointOptions }).endpoint;
      const route: Route = { options: endpoint, handler: handler as Route['handler'] };
      this.service.addEndpoint(endpoint.subject.split('.').slice(1).join('_'), {
        subject: endpoint.subject,
        ...(endpoint.queue === undefined ? {} : { queue: endpoint.queue }),
        metadata: {
          summary: endpoint.summary,
          'request-schema': JSON.stringify(jsonSchemaOf(endpoint.request)),
        },
        handler: (error, message) => {
          if (error !== null) this.log.error({ err: error, subject: endpoint.subject }, 'subscription failed');
          else this.accept(connection, route, message);
        },
      });
    }
    // Callers may use the service once the server has seen every subscription.
    await connection.flush();
  }

  private accept(connection: NatsConnection, route: Route, message: Msg): void {
    const handled = this.handle(connection, route, message).catch((error: unknown) => {
      this.log.error({ err: error, subject: message.subject }, 'a reply could not be sent');
    });
    this.inFlight.add(handled);
    void handled.finally(() => this.inFlight.delete(handled));
  }

  private async handle(connection: NatsConnection, route: Route, message: Msg): Promise<void> {
    const started = performance.now();
    const requestId = message.headers?.get(REQUEST_ID_HEADER).slice(0, MAX_REQUEST_ID_CHARS) || nuid.next();
    let nestId: string | undefined;
    let code: ErrorCode | 'OK' = 'OK';
    try {
      const request = this.read(message, route);
      nestId = request.nestId;
      const result = await this.invoke(route, request, requestId);
      const reply = encodeReply(result, nestId);
      this.checkReplySize(connection, reply);
      message.respond(reply);
    } catch (thrown) {
      const error = SrvauError.from(thrown);
      code = error.code;
      if (code === 'INTERNAL') this.log.error({ err: thrown, subject: message.subject, requestId }, 'request failed');
      else this.log.debug({ subject: message.subject, requestId, code, reason: error.message }, 'request refused');
      const errorHeaders = headers();
      errorHeaders.set('Nats-Service-Error-Code', String(error.status));
      errorHeaders.set('Nats-Service-Error', headerText(error.message));
      // What to look for in the log.
      errorHeaders.set(REQUEST_ID_HEADER, headerText(requestId));
      message.respond(encodeError(error.toWire(), nestId), { headers: errorHeaders });
    } finally {
      this.observer.requestDone(route.options.subject, code, (performance.now() - started) / 1000);
    }
  }

  private read(message: Msg, { options }: Route): DecodedRequest {
    const limit = this.options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    const size = message.data.length;
    if (size > limit) {
      const advice = adviceWhenTooLarge(options.subject, size, limit);
      throw new SrvauError(
        'PAYLOAD_TOO_LARGE',
        `expected a message of at most ${limit} bytes, received ${size}; ${advice}`,
      );
    }
    const most = this.options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    // This request is not among them yet.
    if (this.inFlight.size >= most) {
      throw new SrvauError('BUSY', `${most} requests are under way; try again later or add replicas`, {
        retryAfterMs: BUSY_RETRY_MS,
      });
    }
    return decodeRequest(message.data);
  }

  private async invoke(route: Route, request: DecodedRequest, requestId: string): Promise<unknown> {
    const what = `${route.options.subject} request`;
    const dto = route.options.read?.(request.data, what) ?? parseDto(route.options.request, request.data, what);
    const run = (): Promise<unknown> => route.handler(dto, {});
    const result = await requestContext.run({ requestId }, run);
    return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
  }

  private checkReplySize(connection: NatsConnection, reply: string): void {
    const limit = connection.info?.max_payload ?? DEFAULT_MAX_MESSAGE_BYTES;
    const size = Buffer.byteLength(reply);
    if (size > limit) {
      throw new SrvauError(
        'PAYLOAD_TOO_LARGE',
        `the reply has ${size} bytes, and messages may have ${limit}; ask for less`,
      );
    }
  }
}

/** Header values are one line of bounded length. */
function headerText(message: string): string {
  const line = message.replace(/[^\x20-\x7e]/g, '?');
  return line.length <= 500 ? line : `${line.slice(0, 500)}...`;
}
