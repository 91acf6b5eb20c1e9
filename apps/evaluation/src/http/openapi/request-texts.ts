import texts from './request-texts.json';

/** By class and field, made from the comments of @srvau/contracts by `npm run openapi -w @srvau/evaluation`. */
const REQUEST_TEXTS: Readonly<Record<string, Readonly<Record<string, string>>>> = texts;

/**
 * The schema of a request's class with what its comments say of its fields.
 * @param name of the class
 */
export function described(name: string, schema: object): object {
  const known = REQUEST_TEXTS[name];
  if (known === undefined || !('properties' in schema)) return schema;
  const fields = Object.entries(schema.properties as Record<string, object>).map(([field, rules]) => {
    const description = known[field];
    // What stands beside `$ref` holds too, in OpenAPI 3.1.
    return [field, description === undefined ? rules : { description, ...rules }];
  });
  return { ...schema, properties: Object.fromEntries(fields) as object };
}
