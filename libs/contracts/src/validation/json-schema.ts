import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage';
import type { DtoClass } from './parse-dto';

/** JSON Schema (draft 2020-12 vocabulary) of a DTO, made from the same decorators that validate it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const REF_PREFIX = '#/$defs/';

/**
 * Schema of one DTO class with everything it refers to under `$defs`.
 * Every object is closed (`additionalProperties: false`), because validation refuses unknown fields.
 *
 * @throws Error where two classes of one name would be meant by one `$ref`. Classes that the DTO does not refer to may
 * be named as they like: plugins bring their own.
 */
export function jsonSchemaOf(dto: DtoClass<object>): JsonSchema {
  const $defs = new Map<string, Definition>();
  const root = schemaOfClass(dto);
  collect(root, dto, $defs);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: dto.name,
    ...root,
    ...($defs.size > 0 ? { $defs: Object.fromEntries([...$defs].map(([name, { schema }]) => [name, schema])) } : {}),
  };
}

type AnyClass = abstract new (...args: never[]) => object;

interface Definition {
  of: AnyClass;
  schema: JsonSchema;
}

function schemaOfClass(dto: AnyClass): JsonSchema {
  const schema = targetConstructorToSchema(dto as never, {
    classTransformerMetadataStorage: defaultMetadataStorage,
    refPointerPrefix: REF_PREFIX,
  });
  // A class without fields has no metadata: its schema is the closed empty object.
  return { type: 'object', ...schema, additionalProperties: false };
}

/** Adds what the node, a part of the schema of `owner`, refers to. */
function collect(node: unknown, owner: AnyClass, found: Map<string, Definition>): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, owner, found);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  const ref = (node as { $ref?: unknown }).$ref;
  if (typeof ref === 'string' && ref.startsWith(REF_PREFIX)) define(ref.slice(REF_PREFIX.length), owner, found);
  for (const child of Object.values(node)) collect(child, owner, found);
}

function define(name: string, owner: AnyClass, found: Map<string, Definition>): void {
  const classes = [...fieldTypes(owner)].filter((each) => each.name === name);
  // A schema written by hand refers to classes that are not the type of any field.
  if (classes.length === 0) classes.push(...validatedClasses().filter((each) => each.name === name));
  const [first] = classes;
  if (first === undefined) return;
  const known = found.get(name);
  if (classes.length > 1 || (known !== undefined && known.of !== first)) {
    throw new Error(`two DTO classes are named ${name}; in one JSON Schema they need distinct names`);
  }
  if (known !== undefined) return;
  const schema = schemaOfClass(first);
  found.set(name, { of: first, schema });
  collect(schema, first, found);
}

/** Classes of the fields of a DTO, as `@Type` or else the declaration names them. */
function fieldTypes(dto: AnyClass): Set<AnyClass> {
  const fields = getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false);
  const types = fields.map(({ propertyName }): unknown => {
    const declared = defaultMetadataStorage.findTypeMetadata(dto, propertyName);
    return declared
      ? declared.typeFunction()
      : Reflect.getMetadata('design:type', dto.prototype as object, propertyName);
  });
  return new Set(types.filter((type) => typeof type === 'function') as AnyClass[]);
}

function validatedClasses(): AnyClass[] {
  const storage = getMetadataStorage() as unknown as { validationMetadatas: Map<AnyClass, unknown> };
  return [...storage.validationMetadatas.keys()];
}
