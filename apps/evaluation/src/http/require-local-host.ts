import { isIPv4 } from 'node:net';
import { describe, SrvauError } from '@srvau/contracts';

/**
 * A service that listens on this machine alone answers only callers who name this machine. Else a page in a browser here
 * could have the name of its own server resolved to this address, and call in its name (DNS rebinding).
 *
 * @throws SrvauError FORBIDDEN
 */
export function requireLocalHost(header: string | undefined, httpHost: string): void {
  if (!isLoopback(httpHost)) return;
  const host = header?.replace(/:\d*$/, '');
  if (host !== undefined && isLoopback(host)) return;
  const received = header === undefined ? 'nothing' : describe(header);
  throw SrvauError.mismatch('FORBIDDEN', 'Host', 'localhost, as SRVAU_HTTP_HOST is this machine alone', received);
}

function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}
