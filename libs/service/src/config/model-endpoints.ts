import type { EnvVariable } from '@srvau/contracts';
import { IsArray, Matches } from 'class-validator';

/** For the field that SRVAU_MODEL_ENDPOINTS is read into. */
export const AreModelEndpoints = (): PropertyDecorator => (target, property) => {
  IsArray()(target, property);
  Matches(/^(\*|loopback|https?:\/\/[^\s@]+)$/, {
    each: true,
    message:
      '$property must be http:// or https:// URLs without user and password, loopback or *, with spaces between them',
  })(target, property);
};

export const MODEL_ENDPOINTS_ENV: EnvVariable = {
  name: 'SRVAU_MODEL_ENDPOINTS',
  kind: 'list',
  separator: ' ',
  doc: 'base URLs that openai: models may be at, " " between them; loopback for this machine, * for all',
};
