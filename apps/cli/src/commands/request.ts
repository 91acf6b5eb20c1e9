import { isObject, SrvauError, type Subject } from '@srvau/contracts';
import { readJsonArgument } from '../arguments/json';
import { withBackend } from '../backend/backend';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import type { RequestOptions } from '../options';

/** `srvau request`: one request to a service, any subject, and its answer as it came. */
export async function request({ subject, body, timeoutMs, json }: RequestOptions, io: Io): Promise<number> {
  const { terminal, interrupts, cwd } = io;
  if (/[\s*>]/.test(subject)) throw usageError(`expected a subject without spaces, * and >, received ${subject}`);
  const given = body === undefined ? {} : await readJsonArgument(body, 'the request', cwd, interrupts.signal);
  if (!isObject(given)) throw usageError(`expected the request as a JSON object, received ${JSON.stringify(given)}`);
  const reply = await withBackend(io, async ({ client, local }) => {
    try {
      return await client.request(subject as Subject, given as never, { timeoutMs, signal: interrupts.signal });
    } catch (error) {
      throw local ? withHint(error) : error;
    }
  });
  terminal.printJson(reply, json ? undefined : 2);
  return EXIT.ok;
}

/** In a state directory of its own nobody answers because nobody was started. */
function withHint(error: unknown): unknown {
  if (!(error instanceof SrvauError) || error.code !== 'UNAVAILABLE') return error;
  return new SrvauError(error.code, `${error.message}; services of this folder are started with: srvau up`, {
    cause: error,
  });
}
