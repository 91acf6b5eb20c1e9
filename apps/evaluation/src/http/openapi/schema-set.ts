import { isDeepStrictEqual } from 'node:util';

/** Schemas by name, each once, whose references all point to where the set stands in a document. */
export class SchemaSet {
  private readonly schemas = new Map<string, object>();

  /** @param place beginning of references to schemas of the set, e.g. `#/components/schemas/` */
  constructor(private readonly place: string) {}

  /**
   * @param from beginning of the references in the schemas
   * @throws Error where two different schemas have one name
   */
  addAll(schemas: Readonly<Record<string, object>>, from: string): void {
    for (const [name, schema] of Object.entries(schemas)) {
      const pointed = this.pointed(schema, from);
      const known = this.schemas.get(name);
      if (known !== undefined && !isDeepStrictEqual(known, pointed)) {
        throw new Error(`two schemas are named ${name}; in one document they need distinct names`);
      }
      this.schemas.set(name, pointed);
    }
  }

  /** A copy of the schema that points into the set. */
  pointed<T>(schema: T, from: string): T {
    return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
      key === '$ref' && typeof value === 'string' && value.startsWith(from)
        ? this.place + value.slice(from.length)
        : value,
    ) as T;
  }

  /** By name. */
  toRecord(): Record<string, object> {
    return Object.fromEntries([...this.schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
