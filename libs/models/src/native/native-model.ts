import { basename, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { type Device, type Dtype, Model, type MropeVariant, setThreads } from '@srvau/native';
import { digestCheckpoint } from '../checkpoint/checkpoint-files';
import { type GenerationConfig, readGenerationConfig } from '../checkpoint/generation-config';
import { resolveSampling } from '../sampling';
import type {
  GenerateOptions,
  GenerateResult,
  Generation,
  ModelIdentity,
  VisionLanguageModel,
} from '../vision-language-model';
import { ChatPrompter, type PrompterOptions } from './chat-prompter';
import { complete } from './complete';
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
  signal?: AbortSignal;
}

/** A checkpoint of the Qwen2.5-VL family in this process, on libtorch. Texts and videos in, text out. */
export class NativeModel implements VisionLanguageModel {
  readonly #closing = new AbortController();

  private constructor(
    private readonly model: Model,
    private readonly prompter: ChatPrompter,
    private readonly generation: GenerationConfig,
    private readonly identity: ModelIdentity,
    private readonly mrope: MropeVariant | undefined,
  ) {}

  /**
   * @param dir checkpoint in Hugging Face layout, tokenizer and chat template included
   * @throws SrvauError UNPROCESSABLE: a checkpoint that cannot be used, or does not fit into memory. UNAVAILABLE: the
   *   native addon is not there
   */
  static async load(dir: string, options: NativeModelOptions = {}): Promise<NativeModel> {
    const { device, dtype, threads, mrope, hash = true, signal, ...prompting } = options;
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
      return new NativeModel(model, prompter, generation, identity, mrope);
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
      const completions = await complete(this.model, prompt, {
        n: request.n ?? 1,
        sampling: resolveSampling(request.sampling, this.generation),
        stopTokens: this.prompter.tokenizer.eosIds,
        tokenizer: this.prompter.tokenizer,
        mrope: this.mrope,
        signal,
        onToken: options.onToken,
      });
      const completionTokens = completions.reduce((sum, { tokenIds = [] }) => sum + tokenIds.length, 0);
      return { completions, usage: { promptTokens: prompt.ids.length, completionTokens } };
    } finally {
      prompt.release();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new SrvauError('CANCELLED', `the model ${this.identity.model} has been disposed`));
    this.prompter.close();
    await this.model.dispose();
  }
}
