import { readFile, stat } from 'node:fs/promises';
import { SrvauError } from '@srvau/contracts';

export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLE = 'SRVAU_OPENAI_API_KEY';
/** Far beyond any key. */
const MAX_FILE_BYTES = 16 * 1024;

/**
 * The bearer key of an endpoint: what SRVAU_OPENAI_API_KEY holds, or the file that SRVAU_OPENAI_API_KEY_FILE names (with
 * a name, SRVAU_OPENAI_API_KEY_<NAME> and SRVAU_OPENAI_API_KEY_<NAME>_FILE). A URI can name keys of this form only: it may
 * come from elsewhere, and must not be able to send any other variable away.
 *
 * The key is held here alone; errors name where it comes from, never what it is.
 */
export class ApiKey {
  /** Private, so that neither inspection nor JSON shows it. */
  #key: string | undefined;
  #asked = false;
  readonly #known = new Set<string>();
  readonly #env: Environment;
  readonly #variable: string | undefined;

  /** @param name in capitals; `none` for no key at all */
  constructor(env: Environment, name?: string) {
    this.#env = env;
    this.#variable = name === 'none' ? undefined : name === undefined ? VARIABLE : `${VARIABLE}_${name}`;
  }

  /** Where a key is looked for, for error messages. */
  get source(): string {
    return this.#variable === undefined ? 'no key' : `${this.#variable} or ${this.#variable}_FILE`;
  }

  /** @throws SrvauError INVALID_REQUEST: a key that was named and is not there, or cannot be one; UNPROCESSABLE: its file */
  async current(): Promise<string | undefined> {
    if (!this.#asked) await this.#read();
    return this.#key;
  }

  /** Reads it again, as its file may have been replaced. @returns whether it is another one now */
  async renew(): Promise<boolean> {
    const before = this.#key;
    await this.#read();
    return this.#key !== before;
  }

  /** The text with every key that has been in use left out: servers repeat them in their errors. */
  redact(text: string): string {
    let redacted = text;
    for (const key of this.#known) redacted = redacted.split(key).join('(key)');
    return redacted.replace(/\b(Bearer\s+|sk-)[\w.*+/=-]{8,}/gi, '$1(key)');
  }

  async #read(): Promise<void> {
    const key = await this.#find();
    // Characters that a header cannot carry would be named in an error of the HTTP library, key and all.
    if (key !== undefined && !/^[\x21-\x7e]{1,8192}$/.test(key)) {
      const expected = 'one line of visible ASCII characters';
      throw SrvauError.mismatch('INVALID_REQUEST', this.source, expected, `${key.length} characters of another kind`);
    }
    if (key !== undefined) this.#known.add(key);
    this.#key = key;
    this.#asked = true;
  }

  async #find(): Promise<string | undefined> {
    const variable = this.#variable;
    if (variable === undefined) return undefined;
    const [key, file] = [this.#env[variable]?.trim(), this.#env[`${variable}_FILE`]];
    if (key !== undefined && key !== '') return key;
    if (file !== undefined && file !== '') return readKey(file, `${variable}_FILE`);
    if (variable === VARIABLE) return undefined;
    throw SrvauError.mismatch('INVALID_REQUEST', 'model', `a key in ${this.source}`, 'neither of them set');
  }
}

async function readKey(file: string, variable: string): Promise<string> {
  const expected = `a file of at most ${MAX_FILE_BYTES} bytes that holds the key`;
  try {
    const found = await stat(file);
    // A device or a pipe may have no end.
    if (!found.isFile() || found.size > MAX_FILE_BYTES) {
      const received = found.isFile() ? `${found.size} bytes` : 'something that is no file';
      throw SrvauError.mismatch('UNPROCESSABLE', variable, expected, received);
    }
    const text = (await readFile(file, 'utf8')).trim();
    if (text !== '') return text;
    throw SrvauError.mismatch('UNPROCESSABLE', variable, expected, 'an empty one');
  } catch (error) {
    if (error instanceof SrvauError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw SrvauError.mismatch('UNPROCESSABLE', variable, expected, `${reason} at ${file}`, { cause: error });
  }
}
