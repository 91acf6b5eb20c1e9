import { runTask } from './call';
import { Clip } from './clip';
import { type CallOptions } from './types';
import { expected, toObject } from './values';

/** How frames become pixel values, named as in transformers' preprocessor_config.json. */
export interface PreprocessOptions {
  /** Bounds of the area of a frame after resizing, pixels, 1 to 2^31 − 1. */
  readonly minPixels: number;
  readonly maxPixels: number;
  /** Bounds a video as a whole too, to nine tenths of maxVideoTokens. */
  readonly capPixelsPerFrame: boolean;
  readonly maxVideoTokens: number;
  readonly rescaleFactor: number;
  /** Of red, green and blue, in 0 to 1. */
  readonly imageMean: readonly [number, number, number];
  readonly imageStd: readonly [number, number, number];
}

/** What the vision tower calls a patch. */
export interface PatchShape {
  /** Pixels. */
  readonly patchSize: number;
  /** Patches on a side that become one token. */
  readonly spatialMergeSize: number;
  /** Frames. */
  readonly temporalPatchSize: number;
}

/** What a checkpoint directory asks for. */
export interface Preprocessing {
  readonly patches: PatchShape;
  readonly image: PreprocessOptions;
  readonly video: PreprocessOptions;
}

/** Pixels of a frame. */
export interface FrameSize {
  readonly height: number;
  readonly width: number;
}

/** Resizes, normalises and cuts frames into patches, pixel for pixel as transformers' processors do. */
export class Preprocessor {
  /** For a model without files, e.g. `new Preprocessor({ ...other, video: { ...other.video, maxPixels } })`. */
  constructor(readonly settings: Preprocessing) {}

  /**
   * Reads config.json, preprocessor_config.json and their like; what they do not say is transformers' default.
   *
   * @throws NativeError CHECKPOINT, UNSUPPORTED naming the file and the field
   */
  static async open(dir: string, options?: CallOptions): Promise<Preprocessor> {
    return new Preprocessor(
      await runTask(Preprocessor.open, options, (native, cancel) => native.readPreprocessing(cancel, dir)),
    );
  }

  /**
   * @param frames (count, height, width, 3) RGB, in order of time. It is read on another thread: leave it as it is, and do
   *   not transfer its buffer, before the promise settles.
   * @param video `fps`: frames a second that were taken from the video, > 0
   * @param overrides of the settings, for this video
   * @throws NativeError INVALID_ARGUMENT: as many bytes as the shape needs, an aspect ratio above 200, options out of
   *   range, a minPixels above maxPixels; OUT_OF_MEMORY: pixel values that this machine has no memory for
   */
  async video(
    frames: Uint8Array,
    video: FrameSize & { readonly count: number; readonly fps: number },
    overrides: Partial<PreprocessOptions> = {},
    options?: CallOptions,
  ): Promise<Clip> {
    const { fps, ...shape } = toObject(video, 'video');
    const settings = overridden(this.settings.video, overrides);
    return new Clip(
      await runTask(this.video, options, (native, cancel) =>
        native.preprocess(cancel, frames, { kind: 'video', fps, ...shape }, this.settings.patches, settings),
      ),
    );
  }

  /** @param pixels (height, width, 3) RGB, with the same rule as for the frames of a video */
  async image(
    pixels: Uint8Array,
    size: FrameSize,
    overrides: Partial<PreprocessOptions> = {},
    options?: CallOptions,
  ): Promise<Clip> {
    const settings = overridden(this.settings.image, overrides);
    return new Clip(
      await runTask(this.image, options, (native, cancel) =>
        native.preprocess(
          cancel,
          pixels,
          { kind: 'image', ...toObject(size, 'size') },
          this.settings.patches,
          settings,
        ),
      ),
    );
  }
}

/**
 * A maxPixels below the checkpoint's minPixels goes before it, as in transformers: frames are then only made smaller. But
 * a frame that is small already is not enlarged beyond the bound that was asked for.
 */
function overridden(settings: PreprocessOptions, overrides: Partial<PreprocessOptions>): PreprocessOptions {
  const options = { ...settings, ...toObject(overrides, 'overrides') };
  const { minPixels, maxPixels } = options;
  if (!(maxPixels < minPixels)) return options;
  if (overrides.minPixels === undefined)
    return overrides.maxPixels === undefined ? options : { ...options, minPixels: 1 };
  throw expected(`at most maxPixels, ${maxPixels},`, 'minPixels', minPixels);
}
