import type { CommonOptions } from '../options';
import type { DrawnScene, PictureSize, SecondsRange, SynthSplit } from './arguments';

export interface SynthOptions extends CommonOptions {
  n?: number;
  out?: string;
  seed: number;
  size: PictureSize;
  fps: number;
  seconds: SecondsRange;
  scenes?: DrawnScene[];
  oodScenes: DrawnScene[];
  /** Videos into which events are put. */
  composite: string[];
  splits?: Record<SynthSplit, number>;
  questions: number;
  /** Rendering threads; by default one a processor. */
  workers?: number;
}

export interface SynthCheckOptions extends CommonOptions {
  dir: string;
  /** Clips to look at. */
  maxClips: number;
  workers?: number;
}
