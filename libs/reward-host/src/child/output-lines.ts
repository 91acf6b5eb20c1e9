import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { LineLimit } from './line-limit';

/** Of an unfinished line so much is kept; the rest of it is let go. */
const MAX_PARTIAL_CHARS = 4096;

/**
 * Hands each line that a child prints to `show`, at a bounded rate and length.
 *
 * @param keep lines that it takes are not shown
 */
export function readLines(
  output: Readable,
  show: (line: string) => void,
  keep: (line: string) => boolean = () => false,
): void {
  const decoder = new StringDecoder('utf8');
  const limit = new LineLimit();
  let partial = '';
  const emit = (line: string): void => {
    if (line.trim() !== '' && !keep(line)) limit.pass(line).forEach(show);
  };
  output.on('data', (chunk: Buffer) => {
    const lines = (partial + decoder.write(chunk)).split(/\r?\n/);
    partial = (lines.pop() ?? '').slice(0, MAX_PARTIAL_CHARS);
    lines.forEach(emit);
  });
  output.on('end', () => emit(partial + decoder.end()));
}
