import type { Tokenizer } from '../tokenizer/tokenizer';
import type { StreamDecoder } from '../tokenizer/stream-decoder';
import type { Completion, FinishReason } from '../vision-language-model';
import { StopText } from '../stop-text';

export interface CollectorOptions {
  /** Undefined: the completion has no text. */
  tokenizer: Tokenizer | undefined;
  /** Texts that end the completion. */
  stop: readonly string[];
  /** End tokens, which add no text whether special or not. */
  stopTokens: ReadonlySet<number>;
}

/** One completion as its tokens come. */
export class CompletionCollector {
  readonly ids: number[] = [];
  readonly logprobs: number[] = [];
  #text = '';
  readonly #decoder: StreamDecoder | undefined;
  readonly #filter: StopText;

  constructor(private readonly options: CollectorOptions) {
    this.#decoder = options.tokenizer?.streamDecoder({ skipSpecialTokens: true });
    this.#filter = new StopText(options.stop);
  }

  /** Ended by a stop text; what comes after does not belong to it. */
  get stopped(): boolean {
    return this.#filter.stopped;
  }

  /** @returns the text that this token lets through */
  push(id: number, logprob: number): string {
    this.ids.push(id);
    this.logprobs.push(logprob);
    if (this.#decoder === undefined || this.options.stopTokens.has(id)) return '';
    return this.#add(this.#filter.push(this.#decoder.push(id)));
  }

  /** @returns the text that was held back */
  end(): string {
    if (this.#decoder === undefined || this.stopped) return '';
    return this.#add(this.#filter.push(this.#decoder.end()) + this.#filter.end());
  }

  completion(finish: FinishReason): Completion {
    const finishReason = this.stopped ? 'stop' : finish;
    return { text: this.#text, finishReason, tokenIds: this.ids, logprobs: this.logprobs };
  }

  #add(text: string): string {
    this.#text += text;
    return text;
  }
}
