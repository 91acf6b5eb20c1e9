import { StopText } from '../stop-text';
import type { Completion, FinishReason } from '../vision-language-model';

/** A piece of a choice, or all of it. */
export interface ChoicePiece {
  text: string;
  reasoning: string;
  refused: boolean;
  /** Of the tokens of this piece; undefined where none are given. */
  logprobs: readonly number[] | undefined;
  /** As the endpoint calls it; undefined while it goes on. */
  finish: string | undefined;
}

/** Ends that mean that the server broke off, whatever the status says. */
const BROKEN_OFF = new Set(['abort', 'aborted', 'cancelled', 'error', 'insufficient_system_resource']);
const AT_LENGTH = new Set(['length', 'max_tokens']);

export interface ChoiceOptions {
  stop: readonly string[];
  /** Of text and of reasoning, each; the rest is cut off. */
  maxChars: number;
}

/** One completion as its pieces come. */
export class Choice {
  #text = '';
  #reasoning = '';
  #logprobs: number[] | undefined;
  #finish: string | undefined;
  #refused = false;
  #full = false;
  readonly #filter: StopText;

  constructor(private readonly options: ChoiceOptions) {
    this.#filter = new StopText(options.stop);
  }

  /** What comes further does not belong to it. */
  get done(): boolean {
    return this.#full || this.#filter.stopped;
  }

  /** The endpoint has said how it ended. */
  get ended(): boolean {
    return this.#finish !== undefined;
  }

  /** What the endpoint calls its end, where that means that it broke off. */
  get brokenOff(): string | undefined {
    return this.#finish !== undefined && BROKEN_OFF.has(this.#finish) ? this.#finish : undefined;
  }

  /** @returns the text that this piece lets through */
  push(piece: ChoicePiece): string {
    this.#finish = piece.finish ?? this.#finish;
    this.#refused ||= piece.refused;
    if (this.done) return '';
    if (piece.logprobs !== undefined) (this.#logprobs ??= []).push(...piece.logprobs);
    this.#reasoning = this.#cut(this.#reasoning + piece.reasoning);
    return this.#add(this.#filter.push(piece.text));
  }

  /** @returns the text that was held back */
  end(): string {
    return this.done ? '' : this.#add(this.#filter.end());
  }

  completion(): Completion {
    // Of a text that was cut here, the tokens are not known.
    const logprobs = this.done ? undefined : this.#logprobs;
    return {
      text: this.#text,
      finishReason: this.#finishReason(),
      ...(this.#reasoning === '' ? {} : { reasoning: this.#reasoning }),
      ...(logprobs === undefined ? {} : { logprobs }),
    };
  }

  #finishReason(): FinishReason {
    if (this.#filter.stopped) return 'stop';
    if (this.#full) return 'length';
    if (this.#refused || this.#finish === 'content_filter') return 'filtered';
    return this.#finish !== undefined && AT_LENGTH.has(this.#finish) ? 'length' : 'stop';
  }

  #add(text: string): string {
    const before = this.#text.length;
    this.#text = this.#cut(this.#text + text);
    return this.#text.slice(before);
  }

  #cut(text: string): string {
    if (text.length <= this.options.maxChars) return text;
    this.#full = true;
    return text.slice(0, this.options.maxChars);
  }
}
