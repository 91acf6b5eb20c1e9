import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { SrvauError } from '@srvau/contracts';

/** Of a body that is too large so many times the limit is read and thrown away; then the connection goes. */
const MAX_DISCARDED = 8;

/**
 * Reads the JSON body of a request.
 * @throws SrvauError PAYLOAD_TOO_LARGE, INVALID_JSON, CANCELLED when the caller goes away
 */
export async function readJsonBody(request: IncomingMessage, limit: number): Promise<unknown> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw SrvauError.mismatch('INVALID_REQUEST', 'Content-Encoding', 'identity', encoding);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Not destroyed: the answer that says what is wrong goes over the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      // A caller who is still sending does not read: an answer comes through only once all has been taken in.
      else if (size > limit * MAX_DISCARDED) throw tooLarge(limit, size);
    }
  } catch (cause) {
    if (cause instanceof SrvauError) throw cause;
    throw new SrvauError('CANCELLED', 'the caller closed the connection', { cause });
  }
  if (size > limit) throw tooLarge(limit, size);
  const body = Buffer.concat(chunks);
  const where = { field: '(body)' };
  if (!isUtf8(body)) throw SrvauError.mismatch('INVALID_JSON', 'the body', 'text in UTF-8', 'other bytes', where);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    const received = `${size} bytes: ${(cause as Error).message}`;
    throw SrvauError.mismatch('INVALID_JSON', 'the body', 'JSON', received, { ...where, cause });
  }
}

function tooLarge(limit: number, size: number): SrvauError {
  return new SrvauError(
    'PAYLOAD_TOO_LARGE',
    `POST /get_reward: expected a body of at most ${limit} bytes, received at least ${size}; send fewer rollouts at a time, or raise SRVAU_REWARD_HTTP_BYTES`,
  );
}
