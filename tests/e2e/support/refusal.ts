import type { SrvauError } from '@srvau/contracts';

/** The error that a call ends with, which must not succeed. */
export const refusalOf = (call: Promise<unknown>): Promise<SrvauError> =>
  call.then(
    (reply) => Promise.reject(new Error(`expected a refusal, received ${JSON.stringify(reply).slice(0, 200)}`)),
    (error: unknown) => error as SrvauError,
  );
