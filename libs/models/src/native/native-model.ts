import { basename, resolve } from 'node:path';
import { canonicalJson, SrvauError } from '@srvau/contracts';
import { type Device, type Dtype, Model, type MropeVariant, setThreads } from '@srvau/native';
import { digestCheckpoint } from '../checkpoint/checkpoint-files';
import { type GenerationConfig, readGenerationConfig } from '../checkpoint/generation-config';
import { resolveSampling } from '../sampling';
import type {
  Completion,
  GenerateOptions,
  GenerateResult,
  Generation,
  InTurn,
  ModelIdentity,
  VisionLanguageModel,
} from '../vision-language-model';
import { type ChatPrompt, ChatPrompter, type PrompterOptions } from './chat-prompter';
import { complete, completeBatch, type DrawOptions } from './complete';
import { nativeCall } from './failure';

export interface NativeModelOptions extends PrompterOptions {
  /** `cpu` by default. */
  device?: Device;
  /** Of weights and activations; `float32` by default. */
  dtype?: Dtype;
  /** CPU threads of one operator, for the whole process; all processors by default. */
  threads?: number;
  /** How positions go on after an image or video; `transformers-4.57` by default, as the published weights were trained. */
  mrope?: MropeVariant;
  /** Digest the checkpoint for `describe`, which reads all of it once more; true by default. */
  hash?: boolean;
  /** Tokens of prompts in one batch of `generateBatch`, which bounds its memory; 32,768 by default. */
  maxBatchTokens?: number;
  signal?: AbortSignal;
}

/** Patches of their pictures are some 19 KB a token. */
const MAX_BATCH_TOKENS = 32_768;

/** A checkpoint of the Qwen2.5-VL family in this process, on libtorch. Texts and videos in, text out. */
export class NativeModel implements VisionLanguageModel {
  readonly #closing = new AbortController();

  private constructor(
    private readonly model: Model,
    private readonly prompter: ChatPrompter,
    private readonly generation: GenerationConfig,
    private readonly identity: ModelIdentity,
    private readonly mrope: MropeVariant | undefined,
    private readonly maxBatchTokens: number,
  ) {}

  /**
   * @param dir checkpoint in Hugging Face layout, tokenizer and chat template included
   * @throws SrvauError UNPROCESSABLE: a checkpoint that cannot be used, or does not fit into memory. UNAVAILABLE: the
   *   native addon is not there
   */
  static async load(dir: string, options: NativeModelOptions = {}): Promise<NativeModel> {
    const { device, dtype, threads, mrope, hash = true, signal, ...others } = options;
    const { maxBatchTokens = MAX_BATCH_TOKENS, ...prompting } = others;
    const generation = await readGenerationConfig(dir);
    if (threads !== undefined) setThreads(threads);
    const placement = { ...(device && { device }), ...(dtype && { dtype }), ...(signal && { signal }) };
    const [model, digest] = await Promise.all([
      nativeCall(Model.load(dir, placement)),
      hash ? digestCheckpoint(dir, signal) : null,
    ]);
    try {
      const prompter = await ChatPrompter.open(dir, model.info, prompting);
      const identity = { backend: 'native', model: basename(resolve(dir)), hash: digest };
      return new NativeModel(model, prompter, generation, identity, mrope, maxBatchTokens);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  /** Settings of generation_config.json that transformers would heed and this does not; worth a line in the log. */
  get ignoredSettings(): GenerationConfig['ignored'] {
    return this.generation.ignored;
  }

  describe(): ModelIdentity {
    return this.identity;
  }

  async generate(request: Generation, options: GenerateOptions = {}): Promise<GenerateResult> {
    const closing = this.#closing.signal;
    const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
    signal.throwIfAborted();
    const prompt = await this.prompter.prepare(request.messages, { signal });
    try {
      const { inTurn = atOnce, onToken } = options;
      const draw = { ...this.drawOptions(request, signal), n: request.n ?? 1, onToken };
      return resultOf(prompt, await inTurn(() => complete(this.model, prompt, draw)));
    } finally {
      prompt.release();
    }
  }

  /** Batches hold at most `maxBatchTokens` tokens of prompts, so that any number of requests may be given. */
  async generateBatch(
    requests: readonly Generation[],
    options: Pick<GenerateOptions, 'signal' | 'inTurn'> = {},
  ): Promise<PromiseSettledResult<GenerateResult>[]> {
    const closing = this.#closing.signal;
    const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
    const results: PromiseSettledResult<GenerateResult>[] = [];
    let batch: Prepared[] = [];
    const compute = async (): Promise<void> => {
      for (const { at, result } of await this.computeBatch(batch, signal, options.inTurn)) results[at] = result;
      batch = [];
    };
    try {
      for (const [at, request] of requests.entries()) {
        signal.throwIfAborted();
        const prompt = await settled(this.prompter.prepare(request.messages, { signal }));
        if (prompt.status === 'rejected') {
          signal.throwIfAborted();
          results[at] = prompt;
          continue;
        }
        const next = { at, request, prompt: prompt.value };
        const tokens = batch.reduce((sum, each) => sum + each.prompt.ids.length, next.prompt.ids.length);
        const isOther = batch[0] !== undefined && drawKey(batch[0].request) !== drawKey(request);
        if (batch.length > 0 && (isOther || tokens > this.maxBatchTokens)) await compute();
        batch.push(next);
      }
      if (batch.length > 0) await compute();
      return results;
    } finally {
      for (const { prompt } of batch) prompt.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new SrvauError('CANCELLED', `the model ${this.identity.model} has been disposed`));
    this.prompter.close();
    await this.model.dispose();
  }

  /** Requests of one way of drawing. What native code refuses of one of them is found by asking each alone. */
  private async computeBatch(
    batch: readonly Prepared[],
    signal: AbortSignal,
    inTurn: InTurn = atOnce,
  ): Promise<{ at: number; result: PromiseSettledResult<GenerateResult> }[]> {
    const [first] = batch;
    if (first === undefined) return [];
    const draws = batch.map(({ request, prompt }) => {
      return { prompt, n: request.n ?? 1, seed: resolveSampling(request.sampling, this.generation).seed };
    });
    const how = this.drawOptions(first.request, signal);
    const drawn = await settled(inTurn(() => completeBatch(this.model, draws, how)));
    signal.throwIfAborted();
    if (drawn.status === 'rejected' && batch.length > 1) {
      const results: { at: number; result: PromiseSettledResult<GenerateResult> }[] = [];
      for (const each of batch) results.push(...(await this.computeBatch([each], signal, inTurn)));
      return results;
    }
    for (const { prompt } of batch) prompt.release();
    return batch.map(({ at, prompt }, i) => {
      if (drawn.status === 'rejected') return { at, result: drawn };
      return { at, result: { status: 'fulfilled', value: resultOf(prompt, drawn.value[i] ?? []) } };
    });
  }

  private drawOptions(request: Generation, signal: AbortSignal): DrawOptions {
    return {
      sampling: resolveSampling(request.sampling, this.generation),
      stopTokens: this.prompter.tokenizer.eosIds,
      tokenizer: this.prompter.tokenizer,
      mrope: this.mrope,
      signal,
    };
  }
}

const atOnce: InTurn = (compute) => compute();

interface Prepared {
  /** Index among the requests. */
  readonly at: number;
  readonly request: Generation;
  readonly prompt: ChatPrompt;
}

/** Equal for requests that can be drawn in one batch, which all share their sampling but for the seed. */
function drawKey({ sampling }: Generation): string {
  return canonicalJson({ ...sampling, seed: 0 });
}

function resultOf({ ids }: ChatPrompt, completions: readonly Completion[]): GenerateResult {
  const completionTokens = completions.reduce((sum, { tokenIds = [] }) => sum + tokenIds.length, 0);
  return { completions, usage: { promptTokens: ids.length, completionTokens } };
}

async function settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}
