import type { Usage } from '../vision-language-model';
import type { EncodedMessages } from './media/encode-messages';

/** What a request will take of the minute's tokens: that of the last ones, and until there are any a cautious guess. */
export class TypicalUsage {
  #mean: number | undefined;

  add({ promptTokens, completionTokens }: Usage): void {
    const total = promptTokens + completionTokens;
    this.#mean = this.#mean === undefined ? total : this.#mean + WEIGHT * (total - this.#mean);
  }

  /** @param maxCompletionTokens of all completions together */
  expected({ chars, pictures }: Pick<EncodedMessages, 'chars' | 'pictures'>, maxCompletionTokens: number): number {
    return this.#mean ?? chars / CHARS_PER_TOKEN + pictures * TOKENS_PER_PICTURE + maxCompletionTokens;
  }
}

const WEIGHT = 0.1;
const CHARS_PER_TOKEN = 3;
const TOKENS_PER_PICTURE = 500;
