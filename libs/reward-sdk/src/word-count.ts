/** How many words begin before `end`, and how many in all. A word is what stands between white space (`\s`). */
export function countWords(text: string, end: number): { total: number; before: number } {
  let total = 0;
  let before = 0;
  let previous = 1;
  for (let from = 0; from < text.length; from += CHUNK) {
    const length = Math.min(CHUNK, text.length - from);
    bytes.write(length === text.length ? text : text.slice(from, from + length), 'utf16le');
    const middle = Math.min(Math.max(end - from, 0), length);
    const first = wordsBegun(0, middle, previous);
    previous = spaceAt(middle - 1, previous);
    total += first + wordsBegun(middle, length, previous);
    before += first;
    previous = spaceAt(length - 1, previous);
  }
  return { total, before };
}

// Every completion is read through, and code units in an array are read twice as fast as those of a string. Nothing
// awaits while the array is in use.
const CHUNK = 0x4000;
const units = new Uint16Array(CHUNK);
const bytes = Buffer.from(units.buffer);

/** Of every UTF-16 code unit whether it is white space, 1 or 0. */
const WHITE_SPACE = Uint8Array.from({ length: 0x1_0000 }, (_, unit) => (/\s/.test(String.fromCharCode(unit)) ? 1 : 0));

/**
 * Words that begin from `start` to before `end` of the chunk. Without a branch: where words end is what a processor
 * cannot predict.
 */
function wordsBegun(start: number, end: number, previous: number): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    const current = WHITE_SPACE[units[i] as number] as number;
    count += previous & (current ^ 1);
    previous = current;
  }
  return count;
}

/** Whether the unit at `i` of the chunk is white space; before its start, what came before it. */
function spaceAt(i: number, previous: number): number {
  return i < 0 ? previous : (WHITE_SPACE[units[i] as number] as number);
}
