import { SrvauError, describe } from '@srvau/contracts';
import type { MediaKind } from './media';

/** Patches of an image or a video as the vision tower sees it; an image has t = 1. */
export interface VisionGrid {
  /** Frames / temporal patch size. */
  t: number;
  /** Rows of patches, a multiple of the merge size. */
  h: number;
  /** Columns of patches, a multiple of the merge size. */
  w: number;
}

/** The run of pad tokens that stands for one image or video in a prompt. */
export interface VisionSpan {
  kind: MediaKind;
  /** Index of the first pad in the expanded ids. */
  start: number;
  /** Number of pads. */
  length: number;
}

export interface ExpandedPads {
  ids: number[];
  /** In order of appearance. */
  spans: VisionSpan[];
}

/** @throws SrvauError INVALID_REQUEST for a grid that the merger cannot merge */
export function tokensOfGrid({ t, h, w }: VisionGrid, mergeSize: number): number {
  const fits = [t, h / mergeSize, w / mergeSize].every((side) => Number.isInteger(side) && side > 0);
  if (!fits) {
    const expected = `t ≥ 1 and h, w positive multiples of ${mergeSize}`;
    throw SrvauError.mismatch('INVALID_REQUEST', 'vision grid', expected, `t=${t}, h=${h}, w=${w}`);
  }
  return (t * h * w) / mergeSize ** 2;
}

/**
 * Replaces the single pad that a template writes for each image or video by as many as it has tokens, as transformers'
 * processor does.
 *
 * @param ids tokenized prompt with one pad for each image or video
 * @param counts tokens of each, in order of appearance, images and videos mixed
 * @throws SrvauError INVALID_REQUEST where ids and counts differ in number
 */
export function expandVisionPads(
  ids: readonly number[],
  counts: readonly number[],
  pads: Readonly<Record<MediaKind, number>>,
): ExpandedPads {
  const expanded: number[] = [];
  const spans: VisionSpan[] = [];
  for (const id of ids) {
    if (id !== pads.image && id !== pads.video) {
      expanded.push(id);
      continue;
    }
    const length = counts[spans.length] ?? 1;
    if (!Number.isInteger(length) || length < 1) {
      throw SrvauError.mismatch('INVALID_REQUEST', `counts[${spans.length}]`, 'an integer ≥ 1', describe(length));
    }
    spans.push({ kind: id === pads.video ? 'video' : 'image', start: expanded.length, length });
    for (let i = 0; i < length; i++) expanded.push(id);
  }
  if (spans.length !== counts.length) {
    const expected = `${counts.length}, one for each image or video`;
    throw SrvauError.mismatch('INVALID_REQUEST', 'vision pads in the prompt', expected, String(spans.length));
  }
  return { ids: expanded, spans };
}
