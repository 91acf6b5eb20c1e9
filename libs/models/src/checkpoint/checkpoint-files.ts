import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isObject, SrvauError } from '@srvau/contracts';
import { readJson, unusable } from './read-file';

export interface CheckpointFile {
  name: string;
  bytes: number;
  isWeights: boolean;
  /** Whether what is in it changes answers: weights, configuration, tokenizer, template, preprocessing. */
  determinesAnswers: boolean;
}

const DETERMINING = new Set([
  ...['config.json', 'generation_config.json', 'model.safetensors.index.json'],
  ...['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', 'chat_template.json'],
  ...['preprocessor_config.json', 'video_preprocessor_config.json', 'processor_config.json'],
]);

/**
 * Files of a checkpoint directory by name; links are followed, directories and links that lead nowhere left out.
 * @throws SrvauError UNPROCESSABLE for what is no readable directory
 */
export async function listCheckpoint(dir: string): Promise<CheckpointFile[]> {
  try {
    const names = (await readdir(dir)).sort();
    const weights = await namesOfWeights(dir, names);
    const found = await Promise.all(names.map(async (name) => ({ name, stats: await statIfThere(join(dir, name)) })));
    return found.flatMap(({ name, stats }) => {
      if (stats?.isFile() !== true) return [];
      const isWeights = weights.has(name);
      return [{ name, bytes: stats.size, isWeights, determinesAnswers: isWeights || DETERMINING.has(name) }];
    });
  } catch (cause) {
    if (cause instanceof SrvauError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const received = code === 'ENOENT' ? 'nothing there' : code === 'ENOTDIR' ? 'a file' : message;
    throw unusable(dir, 'a checkpoint directory', received, { cause });
  }
}

/** Undefined for a link that leads nowhere, as a download that was cut off leaves them. */
async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (LEADS_NOWHERE.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

const LEADS_NOWHERE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ELOOP']);

/** One file, or the shards that an index names; a directory may hold other safetensors files. */
async function namesOfWeights(dir: string, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.includes('model.safetensors')) return new Set(['model.safetensors']);
  const shards = (await readJson(dir, 'model.safetensors.index.json'))?.['weight_map'];
  return new Set(isObject(shards) ? Object.values(shards).filter((name) => typeof name === 'string') : []);
}

/** SHA-256 of a file, hex. */
export async function sha256OfFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash, signal === undefined ? {} : { signal });
  return hash.digest('hex');
}

/** One digest of all that determines a checkpoint's answers, `sha256:<hex>`: the same wherever the directory lies. */
export async function digestCheckpoint(dir: string, signal?: AbortSignal): Promise<string> {
  const files = (await listCheckpoint(dir)).filter(({ determinesAnswers }) => determinesAnswers);
  const digests: [name: string, sha256: string][] = [];
  for (const { name } of files) digests.push([name, await sha256OfFile(join(dir, name), signal)]);
  return `sha256:${createHash('sha256').update(JSON.stringify(digests)).digest('hex')}`;
}
