import { SrvauError, cutText } from '@srvau/contracts';
import { parseUriParameters } from '../uri-parameters';
import { type OpenaiSettings, OpenaiSettings as Settings, SETTING_PARAMETERS } from './settings';

export interface EndpointUri {
  /** What `/chat/completions` is put behind; with a query where the endpoint wants one, as Azure's `api-version`. */
  base: URL;
  /** As the endpoint calls it. */
  model: string;
  settings: OpenaiSettings;
}

export const OPENAI_FORM = 'openai:https://host[:port]/v1#model[?parameter=value&…]';

/**
 * Reads what follows `openai:`.
 *
 * Plain http is taken here and judged where it is known whether a key would cross the network, see `Endpoint`.
 *
 * @throws SrvauError INVALID_REQUEST; a password in the URI is not repeated
 */
export function parseEndpointUri(rest: string): EndpointUri {
  const at = rest.indexOf('#');
  const address = at < 0 ? rest : rest.slice(0, at);
  const base = parseAddress(address);
  const [, name = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(at < 0 ? '' : rest.slice(at + 1)) ?? [];
  const model = decode(name);
  if (model === '' || /[\s\p{Cc}]/u.test(model)) {
    throw mismatch(`${OPENAI_FORM} with a model's name`, model === '' ? 'none' : cutText(JSON.stringify(model)));
  }
  return { base, model, settings: parseUriParameters(Settings, SETTING_PARAMETERS, query, 'model') };
}

function parseAddress(address: string): URL {
  const base = URL.canParse(address) ? new URL(address) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol) || !/^https?:\/\//i.test(address)) {
    throw mismatch(OPENAI_FORM, cutText(JSON.stringify(`openai:${withoutSecrets(address)}`)));
  }
  if (base.username !== '' || base.password !== '') {
    throw mismatch('an address without name and password (a key comes from SRVAU_OPENAI_API_KEY)', 'one with them');
  }
  return base;
}

/** What may be shown of an address that could not be read. */
function withoutSecrets(address: string): string {
  return address.replace(/\?.*/s, '?…').replace(/\/\/.*@/s, '//…@');
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw mismatch("a model's name with well-formed %XX escapes", cutText(JSON.stringify(name)));
  }
}

function mismatch(expected: string, received: string): SrvauError {
  return SrvauError.mismatch('INVALID_REQUEST', 'model', expected, received);
}
