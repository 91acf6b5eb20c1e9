import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage';
import type { DtoClass } from './parse-dto';

/** JSON Schema (draft 2020-12 vocabulary) of a DTO, made from the same decorators that validate it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

let cache: Record<string, JsonSchema> | undefined;
let cachedFor = 0;

/**
 * Schema of one DTO class with everything it refers to under `$defs`.
 * Every object is closed (`additionalProperties: false`), because validation refuses unknown fields.
 */
export function jsonSchemaOf(dto: DtoClass<object>): JsonSchema {
  const schemas = allSchemas();
  // A class without fields has no metadata: its schema is the closed empty object.
  const root = schemas[dto.name] ?? { type: 'object', additionalProperties: false };
  const $defs: Record<string, JsonSchema> = {};
  collect(root, schemas, $defs);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: dto.name,
    ...root,
    ...(Object.keys($defs).length > 0 ? { $defs } : {}),
  };
}

function allSchemas(): Record<string, JsonSchema> {
  // Classes may be loaded later: rebuild when new metadata has arrived.
  const classes = validatedClasses();
  if (cache === undefined || cachedFor !== classes.length) {
    refuseNamesakes(classes);
    const made = validationMetadatasToSchemas({
      classTransformerMetadataStorage: defaultMetadataStorage,
      refPointerPrefix: '#/$defs/',
    }) as Record<string, JsonSchema>;
    cache = Object.fromEntries(
      Object.entries(made).map(([name, schema]) => [name, { ...schema, additionalProperties: false }]),
    );
    cachedFor = classes.length;
  }
  return cache;
}

function validatedClasses(): { name: string }[] {
  const storage = getMetadataStorage() as unknown as { validationMetadatas: Map<{ name: string }, unknown> };
  return [...storage.validationMetadatas.keys()];
}

/** Schemas go by class name: of two classes of one name the one would be shown for the other. */
function refuseNamesakes(classes: readonly { name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of classes) {
    if (seen.has(name)) throw new Error(`two DTO classes are named ${name}; JSON Schemas need distinct names`);
    seen.add(name);
  }
}

function collect(node: unknown, schemas: Record<string, JsonSchema>, found: Record<string, JsonSchema>): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, schemas, found);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  const ref = (node as { $ref?: unknown }).$ref;
  if (typeof ref === 'string') {
    const name = ref.replace('#/$defs/', '');
    const schema = schemas[name];
    if (schema !== undefined && found[name] === undefined) {
      found[name] = schema;
      collect(schema, schemas, found);
    }
  }
  for (const child of Object.values(node)) collect(child, schemas, found);
}
