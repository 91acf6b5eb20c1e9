/** A Python literal with its scalars as text: `'a'` → a, `1.5` → 1.5, `True` → True. Sets and tuples are lists. */
export type PythonLiteral = string | PythonLiteral[] | Map<string, PythonLiteral>;

const MAX_DEPTH = 16;
const SPACE = /[ \t\r\n]*/y;
const SCALAR = /(?:[+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf)|True|False|None)(?![\w.])/iy;
const PLAIN = { "'": /[^'\\\n]+/y, '"': /[^"\\\n]+/y } as const;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * Reads what Python's `repr` writes of dicts, lists, tuples, strings and numbers.
 * Never throws and evaluates nothing; time is linear in the text; undefined when the text is anything else,
 * or is nested deeper than a person would write.
 */
export function parsePythonLiteral(text: string): PythonLiteral | undefined {
  const reader = new Reader(text);
  const value = reader.value(0);
  return value !== undefined && reader.atEnd() ? value : undefined;
}

/** Each method moves past what it reads; undefined means that the text is not a literal, and nobody reads on. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    this.space();
    return this.at === this.text.length;
  }

  value(depth: number): PythonLiteral | undefined {
    if (depth > MAX_DEPTH) return undefined;
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.dict(depth);
      case '[':
        return this.list(']', depth);
      case '(':
        return this.list(')', depth);
      default:
        return this.scalar();
    }
  }

  private scalar(): string | undefined {
    this.space();
    const next = this.text[this.at];
    return next === "'" || next === '"' ? this.string() : this.match(SCALAR);
  }

  private dict(depth: number): PythonLiteral | undefined {
    const entries = new Map<string, PythonLiteral>();
    this.at += 1;
    while (!this.take('}')) {
      const key = this.scalar();
      if (key === undefined || !this.take(':')) return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      entries.set(key, value);
      if (!this.take(',') && !this.ahead('}')) return undefined;
    }
    return entries;
  }

  private list(close: ']' | ')', depth: number): PythonLiteral | undefined {
    const items: PythonLiteral[] = [];
    this.at += 1;
    while (!this.take(close)) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (!this.take(',') && !this.ahead(close)) return undefined;
    }
    return items;
  }

  private string(): string | undefined {
    const quote = this.text[this.at] === "'" ? "'" : '"';
    this.at += 1;
    const parts: string[] = [];
    for (;;) {
      parts.push(this.match(PLAIN[quote]) ?? '');
      const next = this.text[this.at];
      if (next === quote) {
        this.at += 1;
        return parts.join('');
      }
      // A raw newline, or the end of the text: repr writes neither inside a string.
      if (next !== '\\') return undefined;
      const escaped = this.escape();
      if (escaped === undefined) return undefined;
      parts.push(escaped);
    }
  }

  private escape(): string | undefined {
    const letter = this.text[this.at + 1] ?? '';
    this.at += 2;
    const simple = ESCAPES[letter];
    if (simple !== undefined) return simple;
    const digits = HEX_DIGITS[letter];
    // Python keeps a backslash that begins no escape.
    if (digits === undefined) return letter === '' ? undefined : `\\${letter}`;
    const hex = this.text.slice(this.at, this.at + digits);
    this.at += digits;
    const code = /^[\da-f]+$/i.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Number.NaN;
    return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
  }

  private take(char: string): boolean {
    if (!this.ahead(char)) return false;
    this.at += 1;
    return true;
  }

  private ahead(char: string): boolean {
    this.space();
    return this.text[this.at] === char;
  }

  private space(): void {
    this.match(SPACE);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}
