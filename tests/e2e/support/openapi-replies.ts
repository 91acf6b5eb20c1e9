import { Ajv2020 } from 'ajv/dist/2020';

interface Content {
  content?: Record<string, { schema: object }>;
}

export interface OpenApi {
  openapi: string;
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, Content & { $ref?: string }> }>
  >;
  components: { schemas: Record<string, object>; responses: Record<string, Content> };
}

/** Holds answers against what an OpenAPI document says of them. */
export class OpenApiReplies {
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false });

  constructor(private readonly document: OpenApi) {
    this.ajv.addSchema(document, 'api');
  }

  /** @throws Error where the document knows no such answer, or another form of it */
  check(method: string, path: string, status: number, body: unknown): void {
    const plain = path.split('?')[0] ?? '';
    const templates = Object.keys(this.document.paths).filter((each) =>
      new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
    );
    // A path without parameters goes before one with them.
    const template = templates.includes(plain) ? plain : templates[0];
    const told = this.document.paths[template ?? '']?.[method.toLowerCase()]?.responses[status];
    const reply =
      told?.$ref === undefined ? told : this.document.components.responses[told.$ref.split('/').at(-1) ?? ''];
    const schema = reply?.content?.['application/json']?.schema;
    if (schema === undefined) throw new Error(`${method} ${path}: the document knows no JSON with status ${status}`);
    // References in it are to the document.
    const validate = this.ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object);
    if (!validate(body)) {
      throw new Error(`${method} ${path}, ${status}: ${this.ajv.errorsText(validate.errors)}: ${JSON.stringify(body)}`);
    }
  }
}
