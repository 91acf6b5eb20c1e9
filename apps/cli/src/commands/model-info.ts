import { join, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { ChatTemplate, fromNativeFailure, listCheckpoint, nativeCall, sha256OfFile, Tokenizer } from '@srvau/models';
import { Model, type ModelInfo, NativeError } from '@srvau/native';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { ModelInfoOptions } from '../options';
import { modelInfoText } from '../render/model';

export interface CheckpointReport {
  checkpoint: string;
  files: { name: string; bytes: number; sha256?: string }[];
  bytes: number;
  /** Whether this project can run it; `reason` says why not. */
  supported: boolean;
  reason: string | null;
  /** Null where it is not supported. */
  model: Omit<ModelInfo, 'configJson' | 'device' | 'mapped' | 'bytes'> | null;
  /** What chatting needs beyond the weights; a text says what is missing. */
  tokenizer: { usable: boolean; vocabSize: number | null; reason: string | null };
}

/** `srvau model info`: what a checkpoint directory is, without reading its weights. */
export async function modelInfo(options: ModelInfoOptions, io: Io): Promise<number> {
  const { signal } = io.interrupts;
  const dir = resolve(io.cwd, options.dir);
  const listed = await listCheckpoint(dir);
  const files: CheckpointReport['files'] = [];
  for (const { name, bytes, isWeights } of listed) {
    const hashed = options.hash && isWeights ? { sha256: await sha256OfFile(join(dir, name), signal) } : {};
    files.push({ name, bytes, ...hashed });
  }
  const report: CheckpointReport = {
    checkpoint: dir,
    files,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(await inspect(dir, signal)),
    tokenizer: await inspectTokenizer(dir),
  };
  if (options.json) io.terminal.printJson(report);
  else io.terminal.print(modelInfoText(report, io.terminal.colors));
  return EXIT.ok;
}

/** Mapping checks configuration and tensors without reading the weights. */
async function inspect(
  dir: string,
  signal: AbortSignal,
): Promise<Pick<CheckpointReport, 'supported' | 'reason' | 'model'>> {
  let model: Model;
  try {
    model = await Model.map(dir, { signal });
  } catch (error) {
    const isVerdict = error instanceof NativeError && (error.code === 'CHECKPOINT' || error.code === 'UNSUPPORTED');
    if (!isVerdict) throw fromNativeFailure(error);
    return { supported: false, reason: error.message, model: null };
  }
  const { configJson: _config, device: _device, mapped: _mapped, bytes: _bytes, ...info } = model.info;
  await nativeCall(model.dispose());
  return { supported: true, reason: null, model: info };
}

async function inspectTokenizer(dir: string): Promise<CheckpointReport['tokenizer']> {
  try {
    const tokenizer = await Tokenizer.load(dir);
    await ChatTemplate.load(dir, tokenizer.namedTokens);
    return { usable: true, vocabSize: tokenizer.vocabSize, reason: null };
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    return { usable: false, vocabSize: null, reason: error.message };
  }
}
