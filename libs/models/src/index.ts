export type { AnnotatedTask, AnnotationContext, SceneEvent } from './annotation-context';
export { type GenerationConfig, readGenerationConfig } from './checkpoint/generation-config';
export { DEFAULT_MAX_NEW_TOKENS, type ResolvedSampling, resolveSampling } from './sampling';
export { byteTokenizer } from './tokenizer/byte-tokenizer';
export { StreamDecoder } from './tokenizer/stream-decoder';
export { type DecodeOptions, Tokenizer } from './tokenizer/tokenizer';
export type { NamedToken } from './tokenizer/tokenizer-files';
export type {
  Completion,
  FinishReason,
  GenerateOptions,
  GenerateResult,
  Generation,
  InTurn,
  ModelIdentity,
  ResponseSchema,
  TokenPiece,
  Usage,
  VisionLanguageModel,
} from './vision-language-model';
export { ChatTemplate, type RenderOptions } from './chat-template/chat-template';
export type { TemplateSource } from './chat-template/find-template';
export { buildPrompt, PAD_TOKENS, type Prompt, type PromptOptions } from './prompt/build-prompt';
export { collectMedia, type MediaItem, type MediaKind } from './prompt/media';
export {
  expandVisionPads,
  type ExpandedPads,
  tokensOfGrid,
  type VisionGrid,
  type VisionSpan,
} from './prompt/vision-pads';
export { type CheckpointFile, digestCheckpoint, listCheckpoint, sha256OfFile } from './checkpoint/checkpoint-files';
export { type ChatPrompt, ChatPrompter, type PrompterOptions } from './native/chat-prompter';
export { complete, type CompleteOptions } from './native/complete';
export { fromNativeFailure, nativeCall } from './native/failure';
export { NativeModel, type NativeModelOptions } from './native/native-model';
export { isModelUri, openModel, type OpenModelOptions } from './open-model';
export { ModelUnavailableError } from './model-unavailable-error';
export { OpenaiModel, type OpenaiModelOptions } from './openai/openai-model';
export { OpenaiSettings } from './openai/settings';
export type { MediaPath } from './prompt/media-files';
export { ScriptedModel, ScriptedSettings } from './scripted/scripted-model';
