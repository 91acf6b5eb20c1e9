/** A member of an object as it stands in a text: a text of JSON where it is quoted, anything else as it is written. */
export interface Member {
  /** Without its quotes. */
  name: string;
  /** Of a quoted value what is between the quotes. */
  text: string;
  quoted: boolean;
}

/** Members in the order of the text, those of one name each. */
export type FlatObject = readonly Member[];

/** Longer names are not what anybody looks for. */
const MAX_NAME_CHARS = 64;

const SPACE = /\s*/y;
/** Of a value that is not quoted: up to where the next member or the end comes, or another object begins. */
const BARE = /[^,{}[\]"\n]*/y;

/**
 * Finds the objects in a text that hold no other objects and no lists: between prose, in fenced blocks, with a comma too many
 * behind the last member and line breaks within quotes. What is no such object is passed over.
 *
 * Takes time in proportion to the text, whatever it holds: no character is looked at again once an object could not be read
 * beyond it.
 */
export function flatObjects(text: string): FlatObject[] {
  const found: FlatObject[] = [];
  for (let start = text.indexOf('{'); start >= 0;) {
    const reader = new ObjectReader(text, start + 1);
    const members = reader.read();
    if (members !== undefined) found.push(members);
    start = text.indexOf('{', reader.at);
  }
  return found;
}

class ObjectReader {
  /** @param at behind the opening brace; later, how far it could be read */
  constructor(
    private readonly text: string,
    public at: number,
  ) {}

  /** @returns undefined where no object stands */
  read(): FlatObject | undefined {
    const members: Member[] = [];
    for (;;) {
      this.skipSpace();
      if (this.take('}')) return members;
      const member = this.readMember();
      if (member === undefined) return undefined;
      members.push(member);
      this.skipSpace();
      if (!this.take(',') && this.text[this.at] !== '}') return undefined;
    }
  }

  private readMember(): Member | undefined {
    const name = this.readName();
    if (name === undefined) return undefined;
    this.skipSpace();
    if (!this.take(':')) return undefined;
    this.skipSpace();
    if (this.take('"')) {
      const text = this.readQuoted();
      return text === undefined ? undefined : { name, text, quoted: true };
    }
    const text = this.match(BARE).trim();
    return text === '' ? undefined : { name, text, quoted: false };
  }

  /** Braces and line breaks end it, so that a stray quote in prose does not hide the object behind it. */
  private readName(): string | undefined {
    if (!this.take('"')) return undefined;
    const start = this.at;
    for (; this.at < this.text.length && this.at - start <= MAX_NAME_CHARS; this.at += 1) {
      const char = this.text[this.at] as string;
      if (char === '"') return this.text.slice(start, this.at++);
      if (char === '{' || char === '\n') return undefined;
    }
    return undefined;
  }

  /** Escapes stay as they are written. */
  private readQuoted(): string | undefined {
    const start = this.at;
    for (; this.at < this.text.length; this.at += 1) {
      const char = this.text[this.at];
      if (char === '"') return this.text.slice(start, this.at++);
      if (char === '\\') this.at += 1;
    }
    return undefined;
  }

  private skipSpace(): void {
    this.match(SPACE);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [matched] = pattern.exec(this.text) ?? [''];
    this.at += matched.length;
    return matched;
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }
}
