import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFields, fieldCheck, GRPO_WARNINGS, oneOf, orNull, parseJson, RUN_STOPS } from '@srvau/contracts';
import type { Model, Trainer } from '@srvau/native';
import { writeJsonAtomic } from '@srvau/storage';
import type { ResumePoint, TrainState } from './run';

/** Raised when a reader of the former version would misread a state. */
const SCHEMA_VERSION = 1;
/** Folder of a checkpoint that loaders of Hugging Face layouts pay no attention to. */
const FOLDER = 'srvau';

export const optimizerPath = (checkpoint: string): string => join(checkpoint, FOLDER, 'optimizer.safetensors');
const statePath = (checkpoint: string): string => join(checkpoint, FOLDER, 'state.json');

/** A checkpoint's content: that of a plain Hugging Face directory, and what a resume needs. */
export interface CheckpointParts {
  readonly model: Pick<Model, 'save'>;
  readonly trainer: Pick<Trainer, 'saveState'>;
  readonly state: TrainState;
  /** Checkpoint whose tokenizer, template and preprocessor files are taken over. */
  readonly companionsFrom: string;
}

export async function writeCheckpoint(dir: string, parts: CheckpointParts, signal: AbortSignal): Promise<void> {
  await parts.model.save(dir, { companionsFrom: parts.companionsFrom, signal });
  await mkdir(join(dir, FOLDER));
  await parts.trainer.saveState(optimizerPath(dir), { signal });
  await writeJsonAtomic(statePath(dir), { schemaVersion: SCHEMA_VERSION, ...parts.state });
}

/** @throws SrvauError UNPROCESSABLE naming the first field that is not as it should be. */
export async function readResumePoint(checkpoint: string): Promise<ResumePoint> {
  const path = statePath(checkpoint);
  const state = checkState(await readFile(path, 'utf8'), path);
  return { state, dir: checkpoint, optimizer: optimizerPath(checkpoint) };
}

function checkState(text: string, path: string): TrainState {
  const value = parseJson(text, path, 'UNPROCESSABLE');
  const version = [`${SCHEMA_VERSION}`, (found: unknown) => found === SCHEMA_VERSION] as const;
  checkFields<{ schemaVersion: number }>(value, { schemaVersion: version }, path);
  const { count, finite, object, text: name } = fieldCheck;
  const state = checkFields<TrainState>(
    value,
    {
      step: count,
      best: orNull(object),
      sinceBest: count,
      warnings: count,
      stopped: orNull(object),
      objective: object,
    },
    path,
  );
  if (state.best !== null) checkFields(state.best, { step: count, metric: name, value: finite }, path, 'best.');
  if (state.stopped !== null) {
    checkFields(state.stopped, { by: oneOf(RUN_STOPS), warning: orNull(oneOf(GRPO_WARNINGS)) }, path, 'stopped.');
  }
  const { step, best, sinceBest, warnings, stopped, objective } = state;
  return { step, best, sinceBest, warnings, stopped, objective };
}
