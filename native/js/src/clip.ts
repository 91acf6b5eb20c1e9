import { type NativeClip } from './addon';
import { runTask } from './call';
import { Disposable } from './handle';
import { type CallOptions } from './types';

/** Patches after the temporal patch: time, rows, columns. */
export interface Grid {
  readonly t: number;
  readonly h: number;
  readonly w: number;
}

export interface ClipInfo {
  readonly kind: 'image' | 'video';
  readonly grid: Grid;
  /** Seconds between two temporal patches of a video; 0 for an image. */
  readonly secondPerGrid: number;
  /** Memory of the pixel values. */
  readonly bytes: number;
}

/**
 * An image or a video cut into patches. It belongs to no model. Prompts of one call that hold the same object share the
 * vision tower's work on it.
 */
export class Clip extends Disposable implements ClipInfo {
  readonly kind: 'image' | 'video';
  readonly grid: Grid;
  readonly secondPerGrid: number;
  readonly bytes: number;

  /** For this package; made by the functions below and by Preprocessor. */
  constructor({ handle, info }: NativeClip) {
    super(handle);
    this.kind = info.kind;
    this.grid = info.grid;
    this.secondPerGrid = info.secondPerGrid;
    this.bytes = info.bytes;
  }

  /** Pad tokens that stand for it in a prompt. @param spatialMergeSize of the model, `info.vision.spatialMergeSize` */
  tokens(spatialMergeSize: number): number {
    const { t, h, w } = this.grid;
    return (t * h * w) / spatialMergeSize ** 2;
  }
}

export type PatchSpan =
  | { readonly kind: 'image'; readonly grid: Grid }
  | {
      readonly kind: 'video';
      readonly grid: Grid;
      /** Seconds, `second_per_grid_ts`; > 0. */
      readonly secondPerGrid: number;
    };

/**
 * Takes pixel values as a video or image processor of transformers makes them.
 *
 * @param pixels (t · h · w, patchDim) row by row, normalised; copied on another thread, so it must not be changed before
 *   the promise settles
 * @throws NativeError INVALID_ARGUMENT: pixels that are no whole number of values a patch; one that is not finite or above
 *   65504 in size, named
 */
export async function clipFromPatches(pixels: Float32Array, span: PatchSpan, options?: CallOptions): Promise<Clip> {
  return new Clip(
    await runTask(clipFromPatches, options, (native, cancel) => native.clipFromPatches(cancel, pixels, span)),
  );
}

/**
 * Reads patches from a safetensors file: `pixel_values_videos` [patches, patchDim] float32, `video_grid_thw` [videos, 3]
 * int64 and `second_per_grid_ts` [videos] float32; for images `pixel_values` and `image_grid_thw`. The values stay where
 * they lie in the file, which must not be cut while the clips live.
 *
 * @returns the clips of each kind in the file's order
 * @throws NativeError CHECKPOINT: no safetensors file, a tensor that is missing or has another shape or dtype, a pixel
 *   value that is not finite or above 65504 in size
 */
export async function readClips(file: string, options?: CallOptions): Promise<{ images: Clip[]; videos: Clip[] }> {
  const { images, videos } = await runTask(readClips, options, (native, cancel) => native.readClips(cancel, file));
  return { images: images.map((clip) => new Clip(clip)), videos: videos.map((clip) => new Clip(clip)) };
}
