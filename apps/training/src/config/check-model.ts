import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, isObject, parseJson, SrvauError } from '@srvau/contracts';
import { type CheckpointFile, listCheckpoint } from '@srvau/models';

/** The architecture that native code trains. */
const MODEL_TYPE = 'qwen2_5_vl';

/** What can be told of a checkpoint without reading its weights. */
export interface CheckpointShape {
  readonly weightBytes: number;
  readonly bytesPerParameter: number;
}

/**
 * Whether a directory is a checkpoint that can be trained, as far as its files' names and its config.json tell. A rank reads
 * the rest, within seconds.
 * @throws SrvauError NOT_FOUND, UNPROCESSABLE
 */
export async function checkModel(dir: string): Promise<CheckpointShape> {
  const files = await listCheckpoint(dir);
  for (const name of ['config.json', 'tokenizer.json']) requireFile(files, name, dir);
  const config = parseJson(await readFile(join(dir, 'config.json'), 'utf8'), join(dir, 'config.json'), 'UNPROCESSABLE');
  const fields = isObject(config) ? config : {};
  const type = fields['model_type'];
  if (type !== MODEL_TYPE) {
    const where = `${join(dir, 'config.json')}: model_type`;
    throw SrvauError.mismatch('UNPROCESSABLE', where, `"${MODEL_TYPE}"`, describe(type));
  }
  const weights = files.filter(({ isWeights }) => isWeights);
  if (weights.length === 0) throw SrvauError.mismatch('UNPROCESSABLE', dir, 'weights (*.safetensors)', 'none');
  const dtype = fields['dtype'] ?? fields['torch_dtype'];
  return {
    weightBytes: weights.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesPerParameter: dtype === 'float32' || dtype === undefined ? 4 : 2,
  };
}

function requireFile(files: readonly CheckpointFile[], name: string, dir: string): void {
  if (files.some((file) => file.name === name)) return;
  throw SrvauError.mismatch('UNPROCESSABLE', dir, `a checkpoint in Hugging Face layout, with ${name}`, 'none');
}
