import { Tokenizer } from '@huggingface/tokenizers';
import { unusable } from '../checkpoint/read-file';
import { BpeMerger } from './bpe-merger';
import type { TokenizerFiles } from './tokenizer-files';

/** What is used of the package's tokenizer. Its own type declarations do not resolve from CommonJS. */
export interface HubTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  model: { bpe(word: string): readonly string[] };
}

/**
 * The package normalises text and splits it into words; our merger takes the place of its own, which is given no merges.
 * @throws SrvauError UNPROCESSABLE for a part of tokenizer.json that the package does not know
 */
export function makeHubTokenizer(files: TokenizerFiles): HubTokenizer {
  const merger = new BpeMerger(files.vocab, files.merges, files.where);
  const model = { ...(files.tokenizer['model'] as object), merges: [] };
  let hub: HubTokenizer;
  try {
    hub = new Tokenizer({ normalizer: null, post_processor: null, ...files.tokenizer, model }, files.config);
  } catch (cause) {
    throw unusable(files.where, 'a tokenizer of the Hugging Face format', (cause as Error).message, { cause });
  }
  hub.model.bpe = (word) => merger.merge(word);
  return hub;
}
