import type { Api } from '@srvau/contracts';
import { closedError, type Patience, patiently, withDefaults } from './patiently';
import type { CallOptions, Operation, Transport, Try } from './transport';

/** Asks until the service has answered, within the limits of the call, else of the client. @throws SrvauError */
export type Ask = <O extends Operation>(
  operation: O,
  body: Api[O]['request'],
  options: CallOptions & { attemptMs?: number },
) => Promise<Api[O]['reply']>;

export function askOf(transport: Transport, defaults: Patience): Ask {
  return (operation, body, options) => {
    const once = async (attempt: Try) => openOf(transport, operation).ask(operation, body, attempt);
    return patiently(operation, once, withDefaults(defaults, options));
  };
}

/** @throws SrvauError CANCELLED once the client is closed */
export function openOf(transport: Transport, operation: Operation): Transport {
  if (transport.closed) throw closedError(operation);
  return transport;
}
