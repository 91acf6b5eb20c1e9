import { merged, parseJson, SrvauError } from '@srvau/contracts';
import { usageError } from '../exit';

/** A setting that was typed. */
export interface Assignment {
  /** In the configuration, `optimizer.learningRate`. */
  path: string;
  value: unknown;
  /** As it was typed, for messages. */
  flag: string;
}

const PATH = /^[A-Za-z]\w*(?:\.[A-Za-z]\w*)*$/;

/**
 * `optimizer.learningRate=1e-5` → what it sets. A value that is JSON is that value, any other is text: `prompt=two-step`.
 * @throws CliError: wrong usage
 */
export function parseAssignment(typed: string): Assignment {
  const at = typed.indexOf('=');
  const path = typed.slice(0, at);
  if (at < 0 || !PATH.test(path)) {
    const [expected, received] = ['path=value, e.g. optimizer.learningRate=1e-5', JSON.stringify(typed)];
    throw usageError(`--set: expected ${expected}, received ${received}`, [{ field: '--set', expected, received }]);
  }
  return { path, value: jsonOrText(typed.slice(at + 1)), flag: `--set ${path}` };
}

function jsonOrText(text: string): unknown {
  try {
    return parseJson(text, '--set');
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    return text;
  }
}

/**
 * Settings laid over a configuration, in their order.
 * @throws CliError where two say the same in different words
 */
export function assigned(
  config: Readonly<Record<string, unknown>>,
  all: readonly Assignment[],
): Record<string, unknown> {
  let result = { ...config };
  for (const [i, { path, value, flag }] of all.entries()) {
    const rival = all.slice(0, i).find((other) => other.path === path && other.flag !== flag);
    if (rival !== undefined) throw usageError(`${path}: expected one value, received ${rival.flag} and ${flag}`);
    result = merged(result, nested(path.split('.'), value));
  }
  return result;
}

const nested = ([name = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> => ({
  [name]: rest.length === 0 ? value : nested(rest, value),
});

/** The flag that said what a fault is about: the setting itself, or the longest group of settings that holds it. */
export function flagOf(field: string, all: readonly Assignment[]): string | undefined {
  const holds = ({ path }: Assignment): boolean =>
    field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`);
  return all.filter(holds).sort((a, b) => b.path.length - a.path.length)[0]?.flag;
}
