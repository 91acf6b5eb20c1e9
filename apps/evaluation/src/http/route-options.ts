import type { Type } from '@nestjs/common';
import type { DtoClass } from '@srvau/contracts';
import type { ReplySchemaName } from './openapi/reply-schemas';

export const HTTP_METHODS = ['GET', 'POST', 'DELETE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** One form that an answer may have. */
export interface RouteReply {
  description: string;
  /** By media type: the name of a schema, or `text`. */
  content: Readonly<Record<string, ReplySchemaName | readonly ReplySchemaName[] | 'text'>>;
}

/** A route, as it is served and as the OpenAPI document tells it. */
export interface HttpRouteOptions {
  method: HttpMethod;
  /** Parameters as OpenAPI writes them, `/v1/jobs/{jobId}`. */
  path: string;
  /** Unique; generated clients name their methods by it. */
  operationId: string;
  summary: string;
  params?: Readonly<Record<string, { description: string; pattern?: string }>>;
  query?: DtoClass<object>;
  body?: DtoClass<object>;
  /** By status; the lowest is the usual one. */
  replies: Readonly<Record<number, RouteReply>>;
  /** Statuses of errors beside those that every route may answer with. */
  errors?: readonly number[];
}

export const JSON_TYPE = 'application/json';

export const ROUTE = Symbol('srvau.http-route');

/** The route that a method handles. */
export function routeOf(method: object): HttpRouteOptions | undefined {
  return Reflect.getMetadata(ROUTE, method) as HttpRouteOptions | undefined;
}

/** Routes of controllers, in the order in which they are declared. */
export function routesOf(controllers: readonly Type[]): HttpRouteOptions[] {
  return controllers.flatMap(({ prototype }: { prototype: Record<string, object> }) =>
    Object.getOwnPropertyNames(prototype).flatMap((name) => routeOf(prototype[name] as object) ?? []),
  );
}
