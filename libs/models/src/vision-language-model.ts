import type { ChatMessage, JsonSchema, ModelIdentity, SamplingOptions } from '@srvau/contracts';
import type { AnnotationContext } from './annotation-context';

export type { ModelIdentity };

/** The form that an answer is to have. */
export interface ResponseSchema {
  /** Letters, digits, `_` and `-`, at most 64. */
  name: string;
  schema: JsonSchema;
}

/** One conversation; a plain object or a parsed `GenerateRequest` of @srvau/contracts. */
export interface Generation {
  /** Ends with the turn that the model answers. */
  messages: readonly ChatMessage[];
  /** Completions to draw, ≥ 1; 1 by default. */
  n?: number;
  sampling?: Readonly<SamplingOptions>;
  /**
   * An endpoint that can is made to answer in JSON of this form; the others are not, so the messages have to say it too and
   * the answer has to be checked.
   */
  responseSchema?: ResponseSchema;
  /** For the backend `scripted` alone, which answers from it; no other reads it, and it never leaves the process. */
  context?: AnnotationContext;
}

/** One more piece of a completion. */
export interface TokenPiece {
  /** Which of the n completions, 0 … n − 1. */
  index: number;
  /** Whole characters only, so it may be empty while a character's bytes are incomplete. */
  text: string;
  tokenId?: number;
  /** Natural logarithm of the token's probability, ≤ 0. */
  logprob?: number;
}

export interface GenerateOptions {
  /** Its reason is thrown, soon and from every stage. */
  signal?: AbortSignal;
  /** Called in order within a completion; completions interleave. What it throws ends the generation. */
  onToken?: (piece: TokenPiece) => void;
  /**
   * The pieces so far are void and begin anew: an endpoint broke off, and the request was sent again. Without it a
   * generation of which pieces were given out is not tried again.
   */
  onRestart?: () => void;
  /**
   * Runs what computes once its input is ready, so that a caller may say who is next. A backend that computes in this
   * process calls it for each batch; others have no use for it. Computes at once by default.
   */
  inTurn?: InTurn;
}

export type InTurn = <T>(compute: () => Promise<T>) => Promise<T>;

/**
 * `stop`: by an end token or a stop text. `length`: at maxNewTokens, so the text is cut off. `filtered`: an endpoint held
 * back what the model wrote, or the model refused; the text is what came before, often nothing.
 */
export type FinishReason = 'stop' | 'length' | 'filtered';

export interface Completion {
  /** Without end token, special tokens and stop text. */
  text: string;
  finishReason: FinishReason;
  /** What an endpoint gave apart from the text as the model's thinking (`reasoning_content`); absent where there is none. */
  reasoning?: string;
  /** As drawn, end token included; absent where the backend does not tell. */
  tokenIds?: readonly number[];
  /**
   * For each token the natural logarithm of its probability under the model itself, before temperature and cuts; as long
   * as tokenIds, where there are any. An endpoint's are what it says they are.
   */
  logprobs?: readonly number[];
}

export interface Usage {
  /** Tokens of the prompt, expanded vision pads included; counted once whatever n is. */
  promptTokens: number;
  /** Tokens of all n completions together. */
  completionTokens: number;
}

export interface GenerateResult {
  /** n of them, in the order of their index. */
  completions: readonly Completion[];
  /** Absent where the backend does not tell. */
  usage?: Usage;
  /** What an endpoint calls the model that answered: behind one name stands another version tomorrow. */
  servedBy?: string;
}

/**
 * What every backend offers: chat messages with text, images and videos in, completions out.
 *
 * Calls may overlap; a backend queues or batches them, and a completion does not depend on what else is under way. Under
 * one seed the same request gives the same completions, as far as the backend can promise it (an endpoint often cannot).
 */
export interface VisionLanguageModel extends AsyncDisposable {
  describe(): ModelIdentity;

  /**
   * @throws SrvauError INVALID_REQUEST: messages the model cannot take. UNPROCESSABLE: media that cannot be read.
   *   FORBIDDEN, NOT_FOUND: an endpoint refuses the key, or does not have the model. ModelUnavailableError (UNAVAILABLE,
   *   DEADLINE_EXCEEDED): the backend is away; the same request may succeed later. The signal's reason: aborted.
   */
  generate(request: Generation, options?: GenerateOptions): Promise<GenerateResult>;

  /**
   * Completes several conversations as one batch, where the backend computes many at little more than the cost of one. The
   * same requests together give the same completions; drawn apart they may differ where two tokens are as likely as each
   * other within rounding. Absent where overlapping calls of `generate` serve as well.
   *
   * @returns for each request what `generate` would have given or thrown for it alone
   * @throws what concerns all of them; the signal's reason
   */
  generateBatch?(
    requests: readonly Generation[],
    options?: Pick<GenerateOptions, 'signal' | 'inTurn'>,
  ): Promise<PromiseSettledResult<GenerateResult>[]>;

  /** Stops what is under way and gives memory, files and connections back; harmless when repeated. */
  [Symbol.asyncDispose](): Promise<void>;
}
