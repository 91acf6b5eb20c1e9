import { createHash } from 'node:crypto';
import { SrvauError } from '@srvau/contracts';
import type { VideoLimits } from '@srvau/video';
import { type Clock, systemClock } from '../clock';
import { LinkedSignal } from '../linked-signal';
import type { MediaPath } from '../prompt/media-files';
import { DEFAULT_MAX_NEW_TOKENS } from '../sampling';
import type {
  Completion,
  GenerateOptions,
  GenerateResult,
  Generation,
  ModelIdentity,
  TokenPiece,
  Usage,
  VisionLanguageModel,
} from '../vision-language-model';
import type { Environment } from './api-key';
import { type Answer, ask, CallbackError } from './ask';
import { COMMON_DIALECT, type Dialect, learn } from './dialect';
import { Endpoint, type EndpointRules } from './endpoint';
import { parseEndpointUri } from './endpoint-uri';
import { AttemptFailure } from './faults';
import { Gate } from './gate';
import { HttpClient } from './http-client';
import type { EncodedMessages } from './media/encode-messages';
import { MediaEncoder } from './media/media-encoder';
import { requestBody } from './request-body';
import { retrying } from './retry';
import type { OpenaiSettings } from './settings';
import { TypicalUsage } from './typical-usage';

export interface OpenaiModelOptions extends EndpointRules {
  /** Before those of the URI. */
  settings?: Partial<OpenaiSettings>;
  /** Of images and videos that are not at an https: address. By default `file:` URIs are taken, and others refused. */
  mediaPath?: MediaPath;
  videoLimits?: Partial<VideoLimits>;
  /** Where keys are; the process's own by default. */
  env?: Environment;
  clock?: Clock;
  /** In [0, 1), for the pauses between attempts. */
  random?: () => number;
}

/** A model behind an endpoint that speaks OpenAI's /chat/completions: vLLM, SGLang, DeepSeek, hosted ones. */
export class OpenaiModel implements VisionLanguageModel {
  readonly #closing = new AbortController();
  readonly #dialect: Dialect = { ...COMMON_DIALECT };
  readonly #typical = new TypicalUsage();

  private constructor(
    private readonly endpoint: Endpoint,
    private readonly settings: OpenaiSettings,
    private readonly client: HttpClient,
    private readonly media: MediaEncoder,
    private readonly gate: Gate,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /**
   * Asks nothing yet: an endpoint may come up later than its user.
   *
   * @param rest of the URI, behind `openai:`
   * @throws SrvauError INVALID_REQUEST: a URI that cannot be read, or a key that cannot be used. FORBIDDEN: an address
   *   that may not be asked. UNPROCESSABLE: the key's file
   */
  static async open(rest: string, options: OpenaiModelOptions = {}): Promise<OpenaiModel> {
    const { env = process.env, clock = systemClock, random = Math.random, mediaPath, videoLimits } = options;
    const uri = parseEndpointUri(rest);
    const settings = { ...uri.settings, ...options.settings };
    const endpoint = new Endpoint({ ...uri, settings }, options, env);
    await endpoint.headers();
    const client = new HttpClient(endpoint.url, {
      connectTimeoutMs: settings.connectTimeoutMs,
      direct: endpoint.isLocal,
      env,
    });
    const media = new MediaEncoder({ settings, mediaPath, videoLimits }, clock);
    return new OpenaiModel(endpoint, settings, client, media, new Gate(settings, clock), clock, random);
  }

  describe(): ModelIdentity {
    return { backend: 'openai', model: this.endpoint.model, hash: null };
  }

  /** Requests under way, and those that wait for a place or for the allowance of the minute. */
  get load(): Gate['load'] {
    return this.gate.load;
  }

  async generate(request: Generation, options: GenerateOptions = {}): Promise<GenerateResult> {
    using linked = new LinkedSignal([options.signal, this.#closing.signal]);
    const { signal } = linked;
    signal.throwIfAborted();
    const encoded = await this.media.encode(request.messages, signal);
    try {
      return await this.#draw(request, encoded, options, signal);
    } finally {
      encoded.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new SrvauError('CANCELLED', `the model ${this.endpoint.model} has been disposed`));
    this.media.close();
    await this.client.close();
  }

  /** All n at once, and one by one what an endpoint leaves out. */
  async #draw(
    request: Generation,
    encoded: EncodedMessages,
    options: GenerateOptions,
    signal: AbortSignal,
  ): Promise<GenerateResult> {
    const n = request.n ?? 1;
    const asked = this.#dialect.manyChoices ? n : 1;
    const first = await this.#answer({ request, encoded, options, signal, index: 0, n: asked });
    // Told apart from an endpoint that was found out meanwhile to refuse several: that has been asked for one.
    if (first.completions.length < asked) this.#dialect.manyChoices = false;
    const rest = Array.from({ length: n - first.completions.length }, (_, i) =>
      this.#answer({ request, encoded, options, signal, index: first.completions.length + i, n: 1 }),
    );
    const answers = [first, ...(await allOrFirstFailure(rest))];
    const usage = sumOfUsage(answers.map((answer) => answer.usage));
    const { servedBy } = first;
    return {
      completions: answers.flatMap(({ completions }): Completion[] => completions),
      ...(usage === undefined ? {} : { usage }),
      ...(servedBy === undefined ? {} : { servedBy }),
    };
  }

  async #answer(draw: Draw): Promise<Answer> {
    const { options, signal } = draw;
    let shown = false;
    let renewed = false;
    const attempt = async (): Promise<Answer> => {
      // Never twice to the same draw: the caller sees pieces of one attempt after those of another.
      if (shown) options.onRestart?.();
      shown = false;
      for (;;) {
        // Counted afresh each time, since it may have been learnt that one alone can be asked for.
        const n = this.#dialect.manyChoices ? draw.n : 1;
        const dialect = { ...this.#dialect };
        try {
          return await this.#ask({ ...draw, n }, () => void (shown = true));
        } catch (failure) {
          if (failure instanceof CallbackError) throw failure.thrown;
          if (!(failure instanceof AttemptFailure) || failure.again) throw failure;
          const stream = this.#streams(options);
          const formed = draw.request.responseSchema !== undefined;
          const sent = { n, stream, formed, dialect };
          if (failure.error.code === 'INVALID_REQUEST' && learn(this.#dialect, failure.hint, sent)) continue;
          // The key may have been replaced since it was read; looked for once, lest a wrong one be tried for ever.
          if (failure.error.code !== 'FORBIDDEN' || renewed || !(await this.endpoint.key.renew())) throw failure;
          renewed = true;
        }
      }
    };
    return retrying(attempt, {
      settings: this.settings,
      clock: this.clock,
      random: this.random,
      signal,
      onRetryAfter: (ms) => this.gate.close(ms),
      mayRestart: () => !shown || options.onRestart !== undefined,
    });
  }

  async #ask({ request, encoded, options, signal, index, n }: Draw, onShown: () => void): Promise<Answer> {
    const { sampling = {} } = request;
    const stream = this.#streams(options);
    const { onToken } = options;
    const maxNewTokens = sampling.maxNewTokens ?? DEFAULT_MAX_NEW_TOKENS;
    const pass = await this.gate.enter(this.#typical.expected(encoded, n * maxNewTokens), signal);
    let answer: Answer | undefined;
    try {
      const body = requestBody(
        {
          model: this.endpoint.model,
          encoded,
          sampling: sampling.seed === undefined ? sampling : { ...sampling, seed: seedOf(sampling.seed, index) },
          n,
          stream,
          logprobs: this.settings.logprobs,
          responseSchema: request.responseSchema,
        },
        this.#dialect,
      );
      const show = (piece: TokenPiece): void => {
        onShown();
        onToken?.({ ...piece, index: piece.index + index });
      };
      const question = {
        body: JSON.stringify(body),
        n,
        stream,
        choice: { stop: sampling.stop ?? [], maxChars: CHARS_BEYOND + maxNewTokens * CHARS_PER_TOKEN },
        maxBytes: BYTES_BEYOND + n * maxNewTokens * BYTES_PER_TOKEN,
        onToken: onToken === undefined ? undefined : show,
      };
      answer = await ask(this.client, this.endpoint, question, this.settings, signal);
      return answer;
    } finally {
      const usage = answer?.usage;
      if (usage !== undefined) this.#typical.add(usage);
      pass.leave(usage === undefined ? undefined : usage.promptTokens + usage.completionTokens);
    }
  }

  #streams({ onToken }: GenerateOptions): boolean {
    const { stream } = this.settings;
    return stream === 'always' || (stream === 'auto' && onToken !== undefined);
  }
}

/** One request of a generation. */
interface Draw {
  request: Generation;
  encoded: EncodedMessages;
  options: GenerateOptions;
  signal: AbortSignal;
  /** Of its first completion. */
  index: number;
  n: number;
}

/** Long ones are runs of spaces or dashes; a text of nothing but these does not occur. */
const CHARS_PER_TOKEN = 32;
const CHARS_BEYOND = 256;
/** An event for each token, with names and numbers, and with log-probabilities where they are given. */
const BYTES_PER_TOKEN = 2048;
const BYTES_BEYOND = 2 ** 20;

/** The first is the seed itself; the others are told apart from it and from those of the next seed. 31 bits, which all take. */
function seedOf(seed: number, index: number): number {
  if (index === 0) return seed;
  return createHash('sha256').update(`${seed} ${index}`).digest().readUInt32LE() >>> 1;
}

/** Like Promise.all, but ends only when all have ended, so that none is left behind. */
async function allOrFirstFailure<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Prompts of further requests were read again, but belong to one generation: counted once, as the interface has it. */
function sumOfUsage(usages: readonly (Usage | undefined)[]): Usage | undefined {
  if (!usages.every((usage) => usage !== undefined)) return undefined;
  return {
    promptTokens: usages[0]?.promptTokens ?? 0,
    completionTokens: usages.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
  };
}
