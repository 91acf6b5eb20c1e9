import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { TextDecoder } from 'node:util';
import { SrvauError, describe } from '@srvau/contracts';
import { throwIfAborted } from '../abort';
import { writeFileAtomic } from '../atomic/atomic-file';

export interface ReadJsonlOptions<T> {
  /** Checks and types a value; `where` names it for messages, e.g. `rows.jsonl, line 7`. */
  parse?: (value: unknown, where: string, line: number) => T;
  /** Reads a line; throws where it is no JSON. Default JSON.parse. */
  parseText?: (text: string) => unknown;
  /** Name in messages; default the base name of the path. */
  name?: string;
  /** Longer lines are refused. Default 64 MiB. */
  maxLineBytes?: number;
  /** Is told of a line that is no JSON, or that `parse` refuses, and the reading goes on; without it the error is thrown. */
  onFault?: (fault: JsonlFault) => void;
  signal?: AbortSignal;
}

export interface JsonlFault {
  error: SrvauError;
  /** Line, from 1. */
  line: number;
  /** The last line, without its newline: somebody is writing it, or was stopped at it. */
  torn: boolean;
}

const NEWLINE = 0x0a;
const BATCH_CHARS = 256 * 1024;
const DEFAULT_MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Writes one JSON value a line, atomically; the values are pulled one at a time. Strings survive exactly, lone
 * surrogates included (they are escaped).
 *
 * @returns the number of lines.
 * @throws TypeError when a value has no JSON form; then no file is left.
 */
export async function writeJsonlAtomic(
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<number> {
  let lines = 0;
  const batches = async function* (): AsyncGenerator<string> {
    let batch = '';
    for await (const value of values) {
      const json = JSON.stringify(value) as string | undefined;
      if (json === undefined) {
        throw new TypeError(`${basename(path)}, line ${lines + 1}: expected a JSON value, received ${typeof value}`);
      }
      lines += 1;
      batch += `${json}\n`;
      if (batch.length < BATCH_CHARS) continue;
      yield batch;
      batch = '';
    }
    yield batch;
  };
  await writeFileAtomic(path, batches());
  return lines;
}

/**
 * The values of a JSONL file or byte stream, one at a time. Blank lines, CRLF and a leading byte-order mark are
 * accepted; a last line without newline counts.
 *
 * @param source a path, or the bytes themselves (e.g. `ArtifactStore.read`).
 * @throws SrvauError UNPROCESSABLE naming file and line for bad UTF-8, bad JSON or a line that is too long.
 */
export async function* readJsonl<T = unknown>(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadJsonlOptions<T> = {},
): AsyncGenerator<T> {
  const { parse = (value: unknown) => value as T, signal } = options;
  const name = options.name ?? (typeof source === 'string' ? basename(source) : 'JSONL');
  const bytes = typeof source === 'string' ? createReadStream(source) : source;
  let line = 0;
  for await (const { content, torn } of linesOf(bytes, name, options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES)) {
    throwIfAborted(signal);
    line += 1;
    const where = `${name}, line ${line}`;
    let value: T;
    try {
      // A byte-order mark is dropped where one may stand: at the start of the file.
      const text = decode(content, line === 1 ? firstLine : laterLine, where);
      if (text.trim() === '') continue;
      value = parse(parseLine(text, where, options.parseText ?? JSON.parse), where, line);
    } catch (error) {
      if (options.onFault === undefined || !(error instanceof SrvauError)) throw error;
      options.onFault({ error, line, torn });
      continue;
    }
    yield value;
  }
}

interface Line {
  content: Uint8Array;
  torn: boolean;
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>, name: string, maxBytes: number): AsyncGenerator<Line> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (end: Uint8Array, torn: boolean): Line => {
    const content = parts.length === 0 ? end : Buffer.concat([...parts, end]);
    parts = [];
    length = 0;
    if (content.byteLength > maxBytes) {
      throw bad(`${name}, line ${line}`, `a line of at most ${maxBytes} bytes`, 'a longer one');
    }
    line += 1;
    return { content, torn };
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      yield take(chunk.subarray(start, at), false);
      start = at + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.byteLength;
    if (length > maxBytes) throw bad(`${name}, line ${line}`, `a line of at most ${maxBytes} bytes`, 'a longer one');
    if (rest.byteLength > 0) parts.push(rest);
  }
  if (length > 0) yield take(new Uint8Array(), true);
}

const firstLine = new TextDecoder('utf-8', { fatal: true });
const laterLine = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, decoder: TextDecoder, where: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw bad(where, 'UTF-8 text', 'other bytes', cause);
  }
}

function parseLine(text: string, where: string, parseText: (text: string) => unknown): unknown {
  try {
    return parseText(text);
  } catch (cause) {
    throw bad(where, 'one JSON value', describe(text), cause);
  }
}

function bad(where: string, expected: string, received: string, cause?: unknown): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', where, expected, received, { cause });
}
