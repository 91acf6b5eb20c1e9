import { isObject } from '@srvau/contracts';

/** Values of a configuration by path: `optimizer.learningRate`, `reward.components[0].plugin`; a list of plain values is one. */
export function flattened(config: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value) && value.some(isObject)) {
      for (const [i, inner] of value.entries()) walk(inner, `${path}[${i}]`);
    } else if (isObject(value) && Object.keys(value).length > 0) {
      for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`);
    } else found.set(path, value);
  };
  if (Object.keys(config).length > 0) walk(config, '');
  return found;
}
