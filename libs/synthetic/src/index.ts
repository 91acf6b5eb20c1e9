export { type AnnotationRow, toCsv, toJsonl } from './annotate/rows';
export { QUESTION_TYPES, type QuestionType } from './annotate/question';
export { type ClipOrder, composeScene } from './choreography/compose';
export { type AnalysedFootage, analyseFootage } from './composite/footage';
export {
  makeDataset,
  type MakeOptions,
  SYNTH_FORMAT,
  SYNTH_VERSION,
  type SynthCard,
  type SplitCounts,
} from './make/make-dataset';
export { SYNTH_FILES } from './make/files';
export { type FootagePaths, scriptOf } from './make/render-batch';
export { type PlannedClip, planDataset } from './plan/plan-dataset';
export {
  checkSettings,
  type FootageSource,
  MIN_SIDE,
  SPLIT_NAMES,
  type SplitName,
  type SynthSettings,
} from './plan/settings';
export { Random } from './random/random';
export type { Raster } from './raster/raster';
export { FrameRenderer } from './render/frame-renderer';
export { EVENT_KINDS, type EventKind, isNormal, type KindInfo, KINDS } from './script/kinds';
export { OPTION_SETS, type OptionSet } from './script/option-sets';
export {
  type Beat,
  type Camera,
  COLORS,
  type ColorName,
  type Light,
  SCENE_SCRIPT_FORMAT,
  SCENE_SCRIPT_VERSION,
  SCENE_TYPES,
  type SceneScript,
  type SceneType,
} from './script/scene-script';
export { checkDataset, type CheckOptions, type Score, type SynthCheck } from './check/check-dataset';
