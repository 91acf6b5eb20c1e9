import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import { describe, SrvauError } from '@srvau/contracts';

/** Of a body that is too large so many times the limit is read and thrown away; then the connection goes. */
const MAX_DISCARDED = 8;
/** For a body to arrive. Whoever is slower, or never done, would keep a place that others wait for. */
const ARRIVAL_MS = 30_000;
/** Of a text that is no JSON so much is looked at. */
const FIRST_LINE_CHARS = 200;

export interface JsonBodyOptions {
  /** Bytes. */
  limit: number;
  /** Method and path, for messages. */
  what: string;
  /** What the caller of a body that is too large can do. */
  advice: string;
  /** Refuses bodies that do not say that they are JSON: pages of other sites cannot send those without asking first. */
  strictType?: boolean;
  /** For the body to arrive; 30 s without it. */
  withinMs?: number;
}

/**
 * Reads the JSON body of a request.
 * @throws SrvauError PAYLOAD_TOO_LARGE, INVALID_JSON, INVALID_REQUEST (compressed), DEADLINE_EXCEEDED (slow to arrive), CANCELLED
 *   when the caller goes away; UnsupportedMediaTypeException
 */
export async function readJsonBody(request: IncomingMessage, options: JsonBodyOptions): Promise<unknown> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw SrvauError.mismatch('INVALID_REQUEST', 'Content-Encoding', 'identity', encoding);
  }
  const { data, size } = await inTime(collect(request, options), options);
  if (options.strictType === true) requireJsonType(request.headers['content-type']);
  if (size > options.limit) throw tooLarge(options, size);
  return parse(data);
}

/** What did not fit is counted, and thrown away. */
async function collect(request: IncomingMessage, options: JsonBodyOptions): Promise<{ data: Buffer; size: number }> {
  const { limit } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Not destroyed: the answer that says what is wrong goes over the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      // A caller who is still sending does not read: an answer comes through only once all has been taken in.
      else if (size > limit * MAX_DISCARDED) throw tooLarge(options, size);
    }
  } catch (cause) {
    if (cause instanceof SrvauError) throw cause;
    throw new SrvauError('CANCELLED', 'the caller closed the connection', { cause });
  }
  return { data: Buffer.concat(chunks), size };
}

/** The connection stays open for the refusal; what comes over it later is bounded as any body is. */
async function inTime<T>(arrival: Promise<T>, { what, withinMs = ARRIVAL_MS }: JsonBodyOptions): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `${what}: expected a body that is there within ${withinMs} ms, received a part of it`;
    timer = setTimeout(() => reject(new SrvauError('DEADLINE_EXCEEDED', message)), withinMs);
  });
  try {
    return await Promise.race([arrival, late]);
  } finally {
    clearTimeout(timer);
  }
}

function requireJsonType(header: string | undefined): void {
  const type = header?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return;
  const cause = SrvauError.mismatch(
    'INVALID_REQUEST',
    'Content-Type',
    'application/json',
    header === undefined ? 'nothing' : describe(header),
  );
  throw new UnsupportedMediaTypeException(cause.message, { cause });
}

function parse(body: Buffer): unknown {
  const where = { field: '(body)' };
  if (!isUtf8(body)) throw SrvauError.mismatch('INVALID_JSON', 'the body', 'text in UTF-8', 'other bytes', where);
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const received = `${body.length} bytes: ${looksLike(text) ?? (cause as Error).message}`;
    throw SrvauError.mismatch('INVALID_JSON', 'the body', 'JSON', received, { ...where, cause });
  }
}

/** Names what people send for JSON; undefined where the parser's own words say more. */
function looksLike(text: string): string | undefined {
  const start = text.slice(0, FIRST_LINE_CHARS).trimStart();
  const line = start.split('\n', 1)[0] ?? '';
  if (start.startsWith('{') && /^\{.*\}\s*\n\s*\{/.test(start)) return 'several JSON values, one a line (JSONL)';
  if (/^["\w][^{}[\]<>]*,/.test(line)) return `text that looks like CSV, ${describe(line.trimEnd())}`;
  return undefined;
}

function tooLarge({ limit, what, advice }: JsonBodyOptions, size: number): SrvauError {
  return new SrvauError(
    'PAYLOAD_TOO_LARGE',
    `${what}: expected a body of at most ${limit} bytes, received at least ${size}; ${advice}`,
  );
}
