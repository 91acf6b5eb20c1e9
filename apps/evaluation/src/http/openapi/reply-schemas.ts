import schemas from './reply-schemas.json';

/** JSON Schemas of what the service answers, made from the types of @srvau/contracts by `npm run openapi -w @srvau/evaluation`. */
export const REPLY_SCHEMAS: Readonly<Record<string, object>> = schemas;

export type ReplySchemaName = keyof typeof schemas;
