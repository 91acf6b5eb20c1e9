import { SrvauError, type StructuredLog, type TrainConfig } from '@srvau/contracts';
import { type ChatPrompt, ChatPrompter, type MediaPath, type Tokenizer } from '@srvau/models';
import type { ModelInfo } from '@srvau/native';
import { checkTags } from './check-tags';
import { checkVideos } from './check-videos';
import { endOfTurn } from './end-of-turn';
import { type ItemsBySplit, readItems, type ReadOptions } from './read-items';
import { messagesOf, type TrainingItem } from './training-item';

export interface TrainingDataOptions extends Pick<ReadOptions, 'dir' | 'prompt' | 'distinct'> {
  readonly config: Pick<TrainConfig, 'seed' | 'tasks' | 'limit' | 'video'>;
  /** Checkpoint with tokenizer, chat template and preprocessor. */
  readonly modelDir: string;
  /** Of the model that is trained. */
  readonly model: ModelInfo;
  readonly mediaPath: MediaPath;
  readonly log: StructuredLog;
  readonly signal: AbortSignal;
}

/** Prompts of one native call. */
export interface PreparedBatch {
  readonly prompts: readonly ChatPrompt[];
  /** Lets go of all clips; harmless when repeated. */
  release(): void;
}

/** D_reflect as a policy reads it: prompts as token ids and clips. The same on all ranks. */
export class TrainingData {
  private constructor(
    private readonly items: ItemsBySplit,
    private readonly prompter: ChatPrompter,
    private readonly options: Pick<TrainingDataOptions, 'config' | 'modelDir'>,
  ) {}

  /**
   * Reads and checks everything but what the videos hold.
   *
   * @throws SrvauError of readItems, checkVideos, checkTags and ChatPrompter.open
   */
  static async open(options: TrainingDataOptions): Promise<TrainingData> {
    const { dir, prompt, distinct, config, modelDir, model, mediaPath, log, signal } = options;
    const { seed, tasks, limit, video } = config;
    const items = await readItems({ dir, tasks, prompt, distinct, limit, seed }, signal);
    items.leftOut.tell(log);
    await checkVideos([...items.train, ...items.val], mediaPath, signal);
    const prompterOptions = { mediaPath, fps: video.fps, maxFrames: video.maxFrames };
    const prompter = await ChatPrompter.open(modelDir, model, prompterOptions);
    try {
      const [first] = items.train;
      if (first !== undefined) checkTags(prompter.tokenizer, first.prompt.grammar, tasks, modelDir);
      return new TrainingData(items, prompter, options);
    } catch (error) {
      prompter.close();
      throw error;
    }
  }

  /** In the order of their ids; never empty. */
  get train(): readonly TrainingItem[] {
    return this.items.train;
  }

  /** In the order of their ids; may be empty. */
  get val(): readonly TrainingItem[] {
    return this.items.val;
  }

  get tokenizer(): Tokenizer {
    return this.prompter.tokenizer;
  }

  /**
   * Decodes the video, unless it is still known from before. The caller releases the prompt.
   *
   * @throws SrvauError naming the record
   */
  async prepare(item: TrainingItem, signal: AbortSignal): Promise<ChatPrompt> {
    try {
      return await this.prompter.prepare(messagesOf(item, this.options.config.video), { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw ofRecord(error, item.id);
    }
  }

  /** One after the other; where one fails, none is left to release. */
  async prepareAll(items: readonly TrainingItem[], signal: AbortSignal): Promise<PreparedBatch> {
    const prompts: ChatPrompt[] = [];
    const release = (): void => prompts.forEach((prompt) => prompt.release());
    try {
      for (const item of items) prompts.push(await this.prepare(item, signal));
      return { prompts, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * The token that ends a turn of the assistant, as the chat template writes it behind what was said.
   *
   * @throws SrvauError UNPROCESSABLE: it is none of those that end a completion of this checkpoint
   */
  endOfTurn(): Promise<number> {
    return endOfTurn(this.prompter, this.options.modelDir);
  }

  close(): void {
    this.prompter.close();
  }
}

/** To whoever started the run a faulty record is a fault of the data. */
function ofRecord(error: unknown, id: string): unknown {
  if (!(error instanceof SrvauError)) return error;
  const code = error.code === 'INVALID_REQUEST' ? 'UNPROCESSABLE' : error.code;
  return new SrvauError(code, `record ${id}: ${error.message}`, { details: error.details, cause: error });
}
