import { describe, type JsonSchema, jsonSchemaOf, parseDto, SrvauError } from '@srvau/contracts';
import { deepFreeze } from '../freeze';

/** For plugins that take no options. */
export class NoOptions {}

/**
 * Options as a plugin gets them: validated, complete with defaults, frozen, nested objects too.
 *
 * @param what names them in messages, e.g. `options of task@1`
 * @param plain as given by whoever uses the plugin; nothing is converted, unknown keys are refused
 * @throws SrvauError INVALID_REQUEST, one detail a fault
 */
export function readOptions<Options extends object>(
  options: new () => Options,
  plain: unknown,
  what: string,
): Readonly<Options> {
  return deepFreeze(parseDto(options, plain, what));
}

/** JSON Schema of an options class, with the values of its fields as defaults. */
export function schemaOfOptions(options: new () => object): JsonSchema {
  const schema = jsonSchemaOf(options);
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  if (properties === undefined) return schema;
  const defaults = new Map(Object.entries(new options()));
  const withDefaults = Object.entries(properties).map(([name, property]) => {
    const value: unknown = defaults.get(name);
    return [name, value === undefined ? property : { ...property, default: value }];
  });
  return { ...schema, properties: Object.fromEntries(withDefaults) as Record<string, JsonSchema> };
}

/**
 * For options that each are fine and together are not: `create` throws it.
 *
 * @example throw invalidOption('maxTokens', `a number above targetTokens (${targetTokens})`, maxTokens)
 */
export function invalidOption(field: string, expected: string, received: unknown): SrvauError {
  return SrvauError.mismatch('INVALID_REQUEST', field, expected, describe(received));
}
