import { Template } from '@huggingface/jinja';
import { type ChatMessage, SrvauError, cutText } from '@srvau/contracts';
import { withinTime } from '../bounded-work';
import { unusable } from '../checkpoint/read-file';
import type { NamedToken } from '../tokenizer/tokenizer-files';
import { findTemplate, type TemplateSource } from './find-template';
import { partMessages, type TemplateMessage, textMessages } from './template-messages';

export interface RenderOptions {
  /** Ends with the beginning of the assistant's turn: true to generate, false for a whole conversation. */
  addGenerationPrompt: boolean;
}

/**
 * The chat template of a checkpoint: messages in, the text that the model was trained on out, character for character what
 * transformers' `apply_chat_template` gives (without tools).
 */
export class ChatTemplate {
  /** Whether content may be a list of parts; text-only models' templates take strings. */
  readonly takesParts: boolean;
  readonly #template: Template;
  readonly #where: string;

  /**
   * @param namedTokens the tokenizer's; templates may write them
   * @throws SrvauError UNPROCESSABLE for a checkpoint without template or with one that cannot be used
   */
  static async load(dir: string, namedTokens: Readonly<Partial<Record<NamedToken, string>>>): Promise<ChatTemplate> {
    return new ChatTemplate(await findTemplate(dir), namedTokens);
  }

  constructor(
    { where, text }: TemplateSource,
    private readonly namedTokens: Readonly<Partial<Record<NamedToken, string>>> = {},
    private readonly timeoutMs = RENDER_TIMEOUT_MS,
  ) {
    this.#where = where;
    let plain: string;
    try {
      this.#template = new Template(text);
      plain = this.#run([{ role: 'user', content: PROBE }], true);
    } catch (cause) {
      if (cause instanceof SrvauError) throw cause;
      throw unusable(where, 'a chat template that renders a user turn of text', cutText((cause as Error).message), {
        cause,
      });
    }
    this.takesParts = this.#rendersAlike([{ role: 'user', content: [{ type: 'text', text: PROBE }] }], plain);
  }

  /**
   * @throws SrvauError INVALID_REQUEST: the template refuses these messages (`raise_exception`), or they have media and it
   *   takes none. UNPROCESSABLE: it does not come to an end
   */
  render(messages: readonly ChatMessage[], { addGenerationPrompt }: RenderOptions): string {
    const converted = this.takesParts ? partMessages(messages) : textMessages(messages);
    try {
      return this.#run(converted, addGenerationPrompt);
    } catch (cause) {
      if (cause instanceof SrvauError) throw cause;
      const received = cutText((cause as Error).message);
      const expected = `a conversation that ${this.#where} renders`;
      throw SrvauError.mismatch('INVALID_REQUEST', 'messages', expected, received, { cause });
    }
  }

  #run(messages: TemplateMessage[], addGenerationPrompt: boolean): string {
    const values = { ...this.namedTokens, messages, add_generation_prompt: addGenerationPrompt };
    return withinTime(
      this.timeoutMs,
      () => this.#template.render(values),
      () => unusable(this.#where, `a chat template that renders within ${this.timeoutMs} ms`, 'one still at work then'),
    );
  }

  /** A template for strings fails on a list in Python; here it would quietly write the list as JSON. */
  #rendersAlike(messages: TemplateMessage[], expected: string): boolean {
    try {
      return this.#run(messages, true) === expected;
    } catch (error) {
      if (error instanceof SrvauError) throw error;
      return false;
    }
  }
}

const PROBE = 'text';
/** A megabyte of conversation takes some 10 ms. Of the clock, which also runs while others have the processor. */
const RENDER_TIMEOUT_MS = 10_000;
