import type { IncomingMessage } from 'node:http';
import { SrvauError } from '@srvau/contracts';

/** Of a body that is too large so many times the limit is read and thrown away; then the connection goes. */
const MAX_DISCARDED = 8;

const utf8 = new TextDecoder('utf-8', { fatal: true });

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
  try {
    return JSON.parse(utf8.decode(Buffer.concat(chunks))) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw SrvauError.mismatch('INVALID_JSON', 'the body', 'JSON', `${size} bytes: ${reason}`, {
      field: '(body)',
      cause,
    });
  }
}

function tooLarge(limit: number, size: number): SrvauError {
  return new SrvauError(
    'PAYLOAD_TOO_LARGE',
    `POST /get_reward: expected a body of at most ${limit} bytes, received at least ${size}; send fewer rollouts at a time, or raise SRVAU_REWARD_HTTP_BYTES`,
  );
}
