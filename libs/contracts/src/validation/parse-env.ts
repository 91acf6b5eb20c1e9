import { SrvauError } from '../wire/errors';
import { describe } from './describe';
import { type DtoClass, parseDto } from './parse-dto';

/** How the text of an environment variable becomes a value. */
export interface EnvVariable {
  name: string;
  kind: 'string' | 'number' | 'boolean' | 'list';
  /** For `list`: what stands between items. */
  separator?: string;
  /** Never shown in messages. */
  secret?: boolean;
  /** One line for help texts and documentation. */
  doc: string;
}

export type EnvMap<T> = { readonly [K in keyof T]?: EnvVariable };

/**
 * Reads a configuration class from environment variables and validates it with the class's own decorators.
 * Faults name the variable, what was expected and what came; secrets are not repeated.
 *
 * An empty variable counts as not set, as container platforms often cannot unset one.
 *
 * @throws SrvauError INVALID_REQUEST with one detail for each wrong variable.
 */
export function parseEnv<T extends object>(
  dto: DtoClass<T>,
  map: EnvMap<T>,
  env: Readonly<Record<string, string | undefined>>,
  what = 'configuration',
): T {
  const variables = Object.entries(map) as [string, EnvVariable][];
  const plain: Record<string, unknown> = {};
  for (const [field, variable] of variables) {
    const text = env[variable.name];
    if (text !== undefined && text !== '') plain[field] = convert(text, variable);
  }
  try {
    return parseDto(dto, plain, what);
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    const details = error.details.map((detail) => {
      const variable = variables.find(([field]) => detail.field === field || detail.field.startsWith(`${field}[`))?.[1];
      if (variable === undefined) return detail;
      return {
        field: variable.name,
        expected: detail.expected,
        received: variable.secret === true ? '(hidden)' : receivedText(detail.received, variable, env),
      };
    });
    const lines = details.map((d) => `${d.field}: expected ${d.expected}, received ${d.received}`);
    throw new SrvauError(error.code, `${what}: ${lines.join('; ')}`, { details });
  }
}

/** Of a list the reader wants to see the text that he wrote, not that it is an array. */
function receivedText(
  received: string,
  { name, kind }: EnvVariable,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return kind === 'list' ? describe(env[name]) : received;
}

/** A text that does not convert stays as it is, so that validation says what was expected of it. */
function convert(text: string, variable: EnvVariable): unknown {
  switch (variable.kind) {
    case 'string':
      return text;
    case 'list':
      return text
        .split(variable.separator ?? ',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'number': {
      // Decimal only: Number() would also read 0x10 and the empty text.
      return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text;
    }
    case 'boolean':
      return /^(true|1|yes|on)$/i.test(text) ? true : /^(false|0|no|off)$/i.test(text) ? false : text;
  }
}
