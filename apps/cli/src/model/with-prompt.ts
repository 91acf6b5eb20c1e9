import { stat } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import {
  ChatPrompter,
  type GenerationConfig,
  type MediaItem,
  nativeCall,
  readGenerationConfig,
  type Tokenizer,
} from '@srvau/models';
import { type Clip, Model, type ModelInfo, readClips } from '@srvau/native';
import { ArtifactStore, errnoOf, fromFileError } from '@srvau/storage';
import { homeOf, type Io } from '../io';
import type { RunModelOptions } from '../options';
import { type ModelRequest, readRequest, type TokenRequest } from './request-file';

/** A request, and the checkpoint that it is for. */
export interface ModelTask {
  request: ModelRequest;
  model: Model;
  generation: GenerationConfig;
  prompt: { readonly ids: readonly number[]; readonly clips: readonly Clip[] };
  /** Undefined for token ids, which need none. */
  tokenizer: Tokenizer | undefined;
}

/**
 * Reads a request, loads the model and lets `work` have both.
 *
 * @param addsTurn whether a conversation gets the beginning of the assistant's turn; always by default
 */
export async function withPrompt<T>(
  options: RunModelOptions,
  io: Io,
  work: (task: ModelTask) => Promise<T>,
  addsTurn: (request: ModelRequest) => boolean = () => true,
): Promise<T> {
  const { signal } = io.interrupts;
  const dir = resolve(io.cwd, options.model);
  const file = resolve(io.cwd, options.request);
  // Typing errors are told before gigabytes are read.
  const request = await readRequest(file, signal);
  await requireDirectory(dir);
  const generation = await readGenerationConfig(dir);
  const model = await nativeCall(Model.load(dir, { device: options.device, dtype: options.dtype, signal }));
  try {
    if (request.kind === 'tokens') {
      const prompt = await tokenPrompt(request, file, model.info, signal);
      try {
        return await work({ request, model, generation, prompt, tokenizer: undefined });
      } finally {
        await Promise.all(prompt.clips.map((clip) => clip.dispose()));
      }
    }
    const store = new ArtifactStore({ fileRoots: [parse(io.cwd).root] });
    const prompter = await ChatPrompter.open(dir, model.info, {
      mediaPath: (item, aborted) => mediaPath(store, item, join(homeOf(io), 'media'), aborted),
    });
    try {
      const prompt = await prompter.prepare(request.messages, { addGenerationPrompt: addsTurn(request), signal });
      try {
        return await work({ request, model, generation, prompt, tokenizer: prompter.tokenizer });
      } finally {
        prompt.release();
      }
    } finally {
      prompter.close();
      await store.close();
    }
  } finally {
    await model.dispose();
  }
}

async function requireDirectory(dir: string): Promise<void> {
  const expected = 'a checkpoint directory';
  try {
    if ((await stat(dir)).isDirectory()) return;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fromFileError(error, dir);
    throw SrvauError.mismatch('NOT_FOUND', '--model', expected, `nothing at ${dir}`, { cause: error });
  }
  throw SrvauError.mismatch('UNPROCESSABLE', '--model', expected, `the file ${dir}`);
}

/** Local path of a medium: s3: objects are copied below `dir`. */
export async function mediaPath(
  store: ArtifactStore,
  { uri }: MediaItem,
  dir: string,
  signal: AbortSignal,
): Promise<string> {
  if (uri.startsWith('https:')) {
    throw SrvauError.mismatch('INVALID_REQUEST', 'media', 'a path, file:///… or s3://bucket/key', uri);
  }
  return store.localCopy(uri, dir, { signal });
}

async function tokenPrompt(
  { input_ids: ids, vision }: TokenRequest,
  file: string,
  { text: { vocabSize }, tokens }: ModelInfo,
  signal: AbortSignal,
): Promise<ModelTask['prompt']> {
  const stranger = ids.findIndex((id) => id >= vocabSize);
  if (stranger >= 0) {
    const field = `input_ids[${stranger}]`;
    throw SrvauError.mismatch('INVALID_REQUEST', field, `an id below ${vocabSize} (vocab_size)`, String(ids[stranger]));
  }
  const kinds = padRuns(ids, tokens);
  if (vision === undefined) {
    if (kinds.length === 0) return { ids, clips: [] };
    throw SrvauError.mismatch('INVALID_REQUEST', 'vision', 'a safetensors file, since input_ids has pads', 'none');
  }
  const { images, videos } = await nativeCall(readClips(resolve(dirname(file), vision), { signal }));
  const given = { image: images, video: videos };
  for (const kind of ['image', 'video'] as const) {
    const wanted = kinds.filter((each) => each === kind).length;
    if (given[kind].length === wanted) continue;
    await Promise.all([...images, ...videos].map((clip) => clip.dispose()));
    const expected = `${wanted} of kind ${kind}, one for each run of its pads in input_ids`;
    throw SrvauError.mismatch('INVALID_REQUEST', 'vision', expected, String(given[kind].length));
  }
  const clips = kinds.flatMap((kind) => given[kind].splice(0, 1));
  return { ids, clips };
}

/** Kinds of the images and videos in order of appearance: each unbroken run of pads is one. */
function padRuns(ids: readonly number[], { imagePad, videoPad }: ModelInfo['tokens']): ('image' | 'video')[] {
  return ids.flatMap((id, i) => {
    if ((id !== imagePad && id !== videoPad) || ids[i - 1] === id) return [];
    return [id === imagePad ? 'image' : 'video'];
  });
}
