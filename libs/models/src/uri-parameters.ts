import { type DtoClass, type EnvMap, type EnvVariable, parseEnv, SrvauError } from '@srvau/contracts';

/** How the text of each parameter is read; it is called as its field is. */
export type ParameterKinds<T> = { readonly [K in keyof T]-?: EnvVariable['kind'] };

/**
 * Reads a settings class from the parameters of a model's URI (`a=1&b=2`).
 *
 * @throws SrvauError INVALID_REQUEST for an unknown parameter, one that is given twice, or a value out of range
 */
export function parseUriParameters<T extends object>(
  dto: DtoClass<T>,
  kinds: ParameterKinds<T>,
  query: string,
  what: string,
): T {
  const known = Object.keys(kinds);
  const given: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name)) throw mismatch(what, `parameters among ${known.join(', ')}`, JSON.stringify(name));
    if (given[name] !== undefined) throw mismatch(what, `the parameter ${name} once`, 'it twice');
    // An empty one would count as absent.
    if (value === '') throw mismatch(what, `a value of the parameter ${name}`, 'none');
    given[name] = value;
  }
  const variables = Object.entries<EnvVariable['kind']>(kinds).map(([name, kind]) => [name, { name, kind, doc: '' }]);
  return parseEnv(dto, Object.fromEntries(variables) as EnvMap<T>, given, what);
}

function mismatch(what: string, expected: string, received: string): SrvauError {
  return SrvauError.mismatch('INVALID_REQUEST', what, expected, received);
}
