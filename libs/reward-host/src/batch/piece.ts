/**
 * A piece of a batch as bytes: counts, whole numbers, other numbers, then the texts. A structured clone of the same
 * objects takes several times as long.
 *
 * Writer and reader are of the same machine and of the same version of this program: numbers are in its byte order, and
 * nothing says what a number means but the order in which it comes.
 */

/** Counts at the start: of whole numbers, of other numbers, of characters of short texts; and whether all text is ASCII. */
const START_INTS = 4;
const INT_BYTES = Int32Array.BYTES_PER_ELEMENT;
const NUMBER_BYTES = Float64Array.BYTES_PER_ELEMENT;

/** Collects what one piece holds. Kept for the next piece, so that its arrays grow to what pieces need. */
export class PieceWriter {
  private ints = new Int32Array(2 ** 12);
  private numbers = new Float64Array(2 ** 10);
  private intCount = 0;
  private numberCount = 0;
  private readonly shorts: string[] = [];
  private readonly longs: string[] = [];
  private longChars = 0;

  /** Characters of long texts so far. */
  get size(): number {
    return this.longChars;
  }

  /** @param value from −2^31 to 2^31 − 1 */
  int(value: number): void {
    if (this.intCount === this.ints.length) this.ints = larger(this.ints, new Int32Array(2 * this.ints.length));
    this.ints[this.intCount++] = value;
  }

  number(value: number): void {
    if (this.numberCount === this.numbers.length) {
      this.numbers = larger(this.numbers, new Float64Array(2 * this.numbers.length));
    }
    this.numbers[this.numberCount++] = value;
  }

  /** Short texts are written as one. */
  text(value: string): void {
    this.int(value.length);
    this.shorts.push(value);
  }

  /** For completions: each is read as a string of its own. */
  longText(value: string): void {
    this.int(value.length);
    this.longs.push(value);
    this.longChars += value.length;
  }

  /** The piece, after which the writer is empty. ASCII goes as bytes, all else as UTF-16, which carries any string. */
  take(): Buffer {
    const short = this.shorts.join('');
    const isAscii = isAsciiText(short) && this.longs.every(isAsciiText);
    const encoding = isAscii ? 'latin1' : 'utf16le';
    const { textAt, intsAt, numbersAt } = layout(this.intCount, this.numberCount);
    const piece = Buffer.allocUnsafeSlow(textAt + (isAscii ? 1 : 2) * (short.length + this.longChars));
    const { buffer } = piece;
    new Int32Array(buffer, 0, START_INTS).set([this.intCount, this.numberCount, short.length, isAscii ? 1 : 0]);
    new Int32Array(buffer, intsAt, this.intCount).set(this.ints.subarray(0, this.intCount));
    new Float64Array(buffer, numbersAt, this.numberCount).set(this.numbers.subarray(0, this.numberCount));
    let at = textAt + piece.write(short, textAt, encoding);
    for (const text of this.longs) at += piece.write(text, at, encoding);
    this.intCount = this.numberCount = this.longChars = this.shorts.length = this.longs.length = 0;
    return piece;
  }
}

/** Gives back what a writer was given, in the same order. */
export class PieceReader {
  private readonly ints: Int32Array;
  private readonly numbers: Float64Array;
  private readonly short: string;
  private readonly charBytes: 1 | 2;
  private nextInt = 0;
  private nextNumber = 0;
  private shortAt = 0;
  private longAt: number;

  /** @param piece is to stay as it is while it is read, wherever it lies */
  constructor(private readonly piece: Buffer) {
    // Arrays of numbers have to lie at multiples of their size, which a piece among others does not.
    const start = aligned(piece, 0, START_INTS * INT_BYTES);
    const [intCount = 0, numberCount = 0, shortChars = 0, isAscii] = new Int32Array(start);
    const { textAt, intsAt, numbersAt } = layout(intCount, numberCount);
    const head = aligned(piece, 0, textAt);
    this.ints = new Int32Array(head, intsAt, intCount);
    this.numbers = new Float64Array(head, numbersAt, numberCount);
    this.charBytes = isAscii === 1 ? 1 : 2;
    this.longAt = textAt;
    this.short = this.string(shortChars);
  }

  get isAtEnd(): boolean {
    return this.nextInt === this.ints.length;
  }

  int(): number {
    return this.ints[this.nextInt++] as number;
  }

  number(): number {
    return this.numbers[this.nextNumber++] as number;
  }

  text(): string {
    const from = this.shortAt;
    return this.short.slice(from, (this.shortAt += this.int()));
  }

  longText(): string {
    return this.string(this.int());
  }

  /** A string of its own, not a slice of a larger one, whose characters would be slower to come by. */
  private string(chars: number): string {
    const from = this.longAt;
    return this.piece.toString(
      this.charBytes === 1 ? 'latin1' : 'utf16le',
      from,
      (this.longAt += chars * this.charBytes),
    );
  }
}

/** Where things begin, in bytes. */
function layout(intCount: number, numberCount: number): { intsAt: number; numbersAt: number; textAt: number } {
  const intsAt = START_INTS * INT_BYTES;
  // At a multiple of what one takes.
  const numbersAt = Math.ceil((intsAt + intCount * INT_BYTES) / NUMBER_BYTES) * NUMBER_BYTES;
  return { intsAt, numbersAt, textAt: numbersAt + numberCount * NUMBER_BYTES };
}

function aligned({ buffer, byteOffset }: Buffer, from: number, to: number): ArrayBuffer {
  return (buffer as ArrayBuffer).slice(byteOffset + from, byteOffset + to);
}

function larger<T extends Int32Array | Float64Array>(full: T, empty: T): T {
  empty.set(full);
  return empty;
}

const isAsciiText = (text: string): boolean => Buffer.byteLength(text) === text.length;
