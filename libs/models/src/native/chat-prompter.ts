import { type ChatMessage, SrvauError } from '@srvau/contracts';
import { type Clip, type ModelInfo, Preprocessor, type PreprocessOptions } from '@srvau/native';
import type { VideoLimits } from '@srvau/video';
import { ChatTemplate } from '../chat-template/chat-template';
import { unusable } from '../checkpoint/read-file';
import { buildPrompt, PAD_TOKENS } from '../prompt/build-prompt';
import { collectMedia, type MediaItem } from '../prompt/media';
import { atField, identityOf, localFile, type MediaPath } from '../prompt/media-files';
import { Tokenizer } from '../tokenizer/tokenizer';
import { type Lease, SharedCache } from '../shared-cache';
import { nativeCall } from './failure';
import { readFrames } from './read-frames';

export interface PrompterOptions {
  /** By default `file:` URIs are taken, wherever they lead, and others refused. */
  mediaPath?: MediaPath;
  /** Frames per second of videos that do not say; 1 by default, as in the paper. */
  fps?: number;
  /** Frames of one video, at most; 768 by default, as in transformers. */
  maxFrames?: number;
  /** Decoded pictures of one video, bytes; 2 GiB by default. Larger ones are scaled down while they are decoded. */
  maxFrameBytes?: number;
  /** Preprocessed videos kept for the next request, bytes; 512 MiB by default. */
  cacheBytes?: number;
  /** What one video file may cost. */
  videoLimits?: Partial<VideoLimits>;
}

/** A conversation as native code takes it. */
export interface ChatPrompt {
  /** Pads expanded. */
  ids: readonly number[];
  /** Images and videos in order of appearance. */
  clips: readonly Clip[];
  /** Lets go of the clips; harmless when repeated. */
  release(): void;
}

const DEFAULTS = { fps: 1, maxFrames: 768, maxFrameBytes: 2 * 2 ** 30, cacheBytes: 512 * 2 ** 20 };

/** Turns conversations into token ids and patches with the files of a checkpoint. */
export class ChatPrompter {
  readonly #clips: SharedCache<Clip>;

  private constructor(
    readonly tokenizer: Tokenizer,
    private readonly template: ChatTemplate,
    private readonly preprocessor: Preprocessor,
    private readonly mergeSize: number,
    private readonly options: Required<Omit<PrompterOptions, 'videoLimits'>> & Pick<PrompterOptions, 'videoLimits'>,
  ) {
    this.#clips = new SharedCache(options.cacheBytes);
  }

  /**
   * @param model of the checkpoint in `dir`
   * @throws SrvauError UNPROCESSABLE: a tokenizer, template or preprocessor file that is missing, cannot be used or does
   *   not fit the model
   */
  static async open(dir: string, model: ModelInfo, options: PrompterOptions = {}): Promise<ChatPrompter> {
    const [tokenizer, preprocessor] = await Promise.all([Tokenizer.load(dir), nativeCall(Preprocessor.open(dir))]);
    const template = await ChatTemplate.load(dir, tokenizer.namedTokens);
    requireFit(tokenizer, model, dir);
    const settings = { mediaPath: localFile, ...DEFAULTS, ...options };
    return new ChatPrompter(tokenizer, template, preprocessor, model.vision.spatialMergeSize, settings);
  }

  /**
   * @param prompt.addGenerationPrompt whether the assistant's turn begins at the end; true by default
   * @throws SrvauError INVALID_REQUEST: messages the model cannot take. UNPROCESSABLE: media that cannot be read
   */
  async prepare(
    messages: readonly ChatMessage[],
    { addGenerationPrompt = true, signal }: { addGenerationPrompt?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<ChatPrompt> {
    const leases = await this.#acquire(collectMedia(messages), signal);
    const release = (): void => leases.forEach((lease) => lease.release());
    try {
      const clips = leases.map(({ value }) => value);
      const { tokenizer, template, mergeSize } = this;
      const visionGrids = clips.map(({ grid }) => grid);
      const prompt = buildPrompt(messages, { tokenizer, template, visionGrids, mergeSize, addGenerationPrompt });
      return { ids: prompt.inputIds, clips, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Gives the kept videos back. */
  close(): void {
    this.#clips.close();
  }

  /** One by one: each takes ffmpeg and then the threads of native code, and a whole video in memory. */
  async #acquire(items: readonly MediaItem[], signal: AbortSignal | undefined): Promise<Lease<Clip>[]> {
    const leases: Lease<Clip>[] = [];
    try {
      for (const item of items) leases.push(await this.#clipOf(item, signal));
      return leases;
    } catch (error) {
      for (const lease of leases) lease.release();
      throw error;
    }
  }

  async #clipOf(item: MediaItem, signal: AbortSignal | undefined): Promise<Lease<Clip>> {
    if (item.kind === 'image') {
      const expected = 'text and videos, which the native backend takes';
      throw SrvauError.mismatch('INVALID_REQUEST', item.field, expected, 'an image');
    }
    try {
      const file = await this.options.mediaPath(item, signal ?? new AbortController().signal);
      const key = JSON.stringify([await identityOf(file), item.fps, item.minPixels, item.maxPixels]);
      return await this.#clips.acquire(key, (shared) => this.#makeClip(file, item, shared), signal);
    } catch (error) {
      throw atField(error, item.field);
    }
  }

  async #makeClip(file: string, item: MediaItem, signal: AbortSignal): Promise<Clip> {
    const { fps, maxFrames, maxFrameBytes, videoLimits } = this.options;
    const { data, ...shape } = await readFrames(file, {
      fps: item.fps ?? fps,
      maxFrames,
      maxBytes: maxFrameBytes,
      limits: videoLimits,
      signal,
    });
    return nativeCall(this.preprocessor.video(data, shape, pixelBudget(item), { signal }));
  }
}

function pixelBudget({ minPixels, maxPixels }: MediaItem): Partial<PreprocessOptions> {
  return { ...(minPixels === undefined ? {} : { minPixels }), ...(maxPixels === undefined ? {} : { maxPixels }) };
}

/** Tokenizer and model are made for each other where they agree on what stands for pictures. */
function requireFit(tokenizer: Tokenizer, { text, tokens }: ModelInfo, dir: string): void {
  if (tokenizer.vocabSize > text.vocabSize) {
    throw unusable(dir, `a tokenizer of at most ${text.vocabSize} ids (vocab_size)`, String(tokenizer.vocabSize));
  }
  const pads = [
    ['image_token_id', tokens.imagePad, PAD_TOKENS.image],
    ['video_token_id', tokens.videoPad, PAD_TOKENS.video],
  ] as const;
  for (const [field, id, token] of pads) {
    const ofTokenizer = tokenizer.idOf(token);
    if (ofTokenizer !== id) {
      throw unusable(`${dir}: ${field} of config.json`, `${ofTokenizer}, the tokenizer's ${token}`, String(id));
    }
  }
}
