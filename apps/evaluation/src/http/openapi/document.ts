import { ERROR_STATUS, jsonSchemaOf, type DtoClass } from '@srvau/contracts';
import { type HttpRouteOptions, JSON_TYPE, type RouteReply } from '../route-options';
import { REPLY_SCHEMAS } from './reply-schemas';
import { described } from './request-texts';
import { SchemaSet } from './schema-set';

const REF = '#/components/schemas/';
/** What any route may answer with; those with a body also 413 and 415, and 504 where it is slow to arrive. */
const ERRORS = [400, 403, 429, 500, 503];
const ERRORS_OF_BODIES = [413, 415, 504];

const ERROR_REPLY = {
  type: 'object',
  properties: { error: { $ref: '#/definitions/WireError' } },
  required: ['error'],
};

/**
 * OpenAPI 3.1 document of the routes. Requests come from the classes that validate them, replies from the types of the
 * contract, so that neither is written twice.
 */
export function openApiDocument(routes: readonly HttpRouteOptions[], version: string): object {
  const schemas = new SchemaSet(REF);
  schemas.addAll({ ...REPLY_SCHEMAS, ErrorReply: ERROR_REPLY }, '#/definitions/');
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'SRVAU evaluation service',
      version,
      description:
        'Scores predictions, asks models, runs evaluations and has descriptions judged. The same is served over NATS.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to where the document was read.
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas.toRecord(),
      responses: Object.fromEntries(
        [...new Set(routes.flatMap(errorsOf))].sort().map((status) => [`Error${status}`, errorReply(status)]),
      ),
    },
  };
}

function operation(route: HttpRouteOptions, schemas: SchemaSet): object {
  const { operationId, summary, body } = route;
  const parameters = [...pathParameters(route), ...queryParameters(route, schemas)];
  return {
    ...{ operationId, summary },
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { [JSON_TYPE]: { schema: requestSchema(body, schemas) } } } }),
    responses: Object.fromEntries([
      ...Object.entries(route.replies).map(([status, reply]) => [
        status,
        { description: reply.description, content: contentOf(reply) },
      ]),
      ...errorsOf(route).map((status) => [String(status), { $ref: `#/components/responses/Error${status}` }]),
    ]),
  };
}

function requestSchema(type: DtoClass<object>, schemas: SchemaSet): object {
  const { $schema: _, $defs = {}, ...own } = jsonSchemaOf(type);
  const all = Object.entries({ ...($defs as Record<string, object>), [type.name]: own });
  schemas.addAll(Object.fromEntries(all.map(([name, schema]) => [name, described(name, schema)])), '#/$defs/');
  return { $ref: `${REF}${type.name}` };
}

function pathParameters({ params = {} }: HttpRouteOptions): object[] {
  return Object.entries(params).map(([name, { description, pattern }]) => ({
    ...{ name, in: 'path', required: true, description },
    schema: { type: 'string', ...(pattern === undefined ? {} : { pattern }) },
  }));
}

function queryParameters({ query }: HttpRouteOptions, schemas: SchemaSet): object[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = described(query.name, jsonSchemaOf(query)) as {
    properties?: Record<string, object>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name) },
    schema: schemas.pointed(schema, '#/$defs/'),
  }));
}

function contentOf({ content }: RouteReply): object {
  const schemaOf = (name: string): object => (name === 'text' ? { type: 'string' } : { $ref: `${REF}${name}` });
  return Object.fromEntries(
    Object.entries(content).map(([type, names]) => {
      const list = typeof names === 'string' ? [names] : names;
      const [first = 'text'] = list;
      return [type, { schema: list.length > 1 ? { anyOf: list.map(schemaOf) } : schemaOf(first) }];
    }),
  );
}

function errorsOf({ body, errors = [] }: HttpRouteOptions): number[] {
  return [...new Set([...ERRORS, ...(body === undefined ? [] : ERRORS_OF_BODIES), ...errors])].sort((a, b) => a - b);
}

function errorReply(status: number): object {
  const codes = Object.entries(ERROR_STATUS)
    .filter(([, of]) => of === status)
    .map(([code]) => code);
  const wait = { description: 'Seconds after which the request may succeed', schema: { type: 'integer', minimum: 1 } };
  return {
    description: codes.length === 0 ? 'INVALID_REQUEST' : codes.join(', '),
    ...(status === 429 || status === 503 ? { headers: { 'Retry-After': wait } } : {}),
    content: { [JSON_TYPE]: { schema: { $ref: `${REF}ErrorReply` } } },
  };
}
