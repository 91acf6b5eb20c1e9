import { lstat, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { listCheckpoint, nativeCall, Tokenizer } from '@srvau/models';
import { type ConfigSource, Model } from '@srvau/native';
import { errnoOf, fromFileError } from '@srvau/storage';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { readInput } from '../model/input-file';
import type { InitModelOptions } from '../options';
import { modelMadeText } from '../render/model';

/** `srvau model init`: a checkpoint of random weights. */
export async function modelInit(options: InitModelOptions, io: Io): Promise<number> {
  const { signal } = io.interrupts;
  const { seed, dtype } = options;
  const from = resolve(io.cwd, options.config);
  const out = resolve(io.cwd, options.out);
  await requireVacant(out);
  const config = await sourceOf(from, signal);
  // A checkpoint directory lends its tokenizer too, unless another is named.
  const ownFiles = 'dir' in config ? config.dir : undefined;
  const companions = options.tokenizer === undefined ? ownFiles : resolve(io.cwd, options.tokenizer);
  const model = await nativeCall(Model.random(config, { seed, dtype, signal }));
  try {
    if (options.tokenizer !== undefined) requireFit(await Tokenizer.load(companions ?? ''), model);
    // Another command may have written there meanwhile.
    await requireVacant(out);
    await nativeCall(model.save(out, { signal, ...(companions === undefined ? {} : { companionsFrom: companions }) }));
    const bytes = (await listCheckpoint(out)).reduce((sum, file) => sum + file.bytes, 0);
    const made = { out, seed, dtype, parameters: model.info.parameters, bytes };
    if (options.json) io.terminal.printJson(made);
    else io.terminal.print(modelMadeText(made));
    return EXIT.ok;
  } finally {
    await model.dispose();
  }
}

/** Random weights must not take the place of anything, least of all of a trained checkpoint. */
async function requireVacant(out: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(out);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return requireNoLink(out);
    if (errnoOf(error) === 'ENOTDIR') throw occupied(out, 'a file');
    throw fromFileError(error, out);
  }
  if (entries.length > 0) throw occupied(out, `one with ${entries.length} entries`);
}

/** Nothing is behind a link that leads nowhere, and nothing can take its place. */
async function requireNoLink(out: string): Promise<void> {
  try {
    await lstat(out);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw fromFileError(error, out);
  }
  throw occupied(out, 'a link to something that is not there');
}

function occupied(out: string, received: string): SrvauError {
  return SrvauError.mismatch('CONFLICT', '--out', 'a directory that does not exist or is empty', `${out}, ${received}`);
}

async function sourceOf(path: string, signal: AbortSignal): Promise<ConfigSource> {
  try {
    if ((await stat(path)).isDirectory()) return { dir: path };
    return { json: await readInput(path, signal), name: path };
  } catch (error) {
    throw fromFileError(error, path);
  }
}

function requireFit({ vocabSize }: Tokenizer, { info }: Model): void {
  const room = info.text.vocabSize;
  if (vocabSize <= room) return;
  throw SrvauError.mismatch(
    'UNPROCESSABLE',
    '--tokenizer',
    `at most ${room} ids, vocab_size of the configuration`,
    String(vocabSize),
  );
}
