import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ReflectRecord } from '@srvau/contracts';
import { Model } from '@srvau/native';
import { policyPrompt, renderTranscript } from '@srvau/reasoning';
import { makeRecord, writeReflectDataset } from '@srvau/reflection-data';
import { fileUri } from '@srvau/storage';
import { encodeClips } from '@srvau/video';
import { configJson, type ModelShape, modelShape } from '../native/model-shape';
import { randomOf } from '../reward/workload';
import { tokenizerFiles } from './tokenizer-files';

const TEMPLATE = resolve(__dirname, '../../../../tests/fixtures/chat-template/vision.jinja');
const SEED = 7;
/** Completions end after so many tokens in the mean, or at `MAX_NEW_TOKENS`. */
const MEAN_TOKENS = 160;
export const MAX_NEW_TOKENS = 200;
/** 8 frames of 56 × 56 pixels, as in the bench of native. */
const CLIP = { side: 56, frames: 8, fps: 2 };
const OPTIONS = ['a fight', 'a fall', 'a fire', 'nothing unusual'] as const;

/** What is asked of the policy: a record of the data, as a trainer outside of the service needs it. */
export interface Question {
  readonly id: string;
  readonly videoUri: string;
  readonly question: string;
  readonly options: typeof OPTIONS;
  readonly system: string;
  readonly user: string;
}

/** A policy with random weights and D_reflect for it, on disk. */
export interface World {
  readonly model: string;
  readonly data: string;
  readonly fps: number;
  readonly questions: readonly Question[];
}

/** @param dir for files; the caller removes it. @param prompts how many records there are, each with a clip of its own */
export async function makeWorld(dir: string, prompts: number): Promise<World> {
  const [model, data] = [join(dir, 'model'), join(dir, 'data')];
  await writeModel(dir, model);
  const records = Array.from({ length: prompts }, (_, n) => recordOf(dir, n));
  await writeClips(
    dir,
    records.map(({ video }) => video),
  );
  await mkdir(data);
  const inputs = { dataset: null, initial: null, teacher: null, splits: null, imported: [], settings: {} };
  await writeReflectDataset(data, { writtenBy: 'the bench', inputs, stoppedBy: null, records, rejects: [] });
  return { model, data, fps: CLIP.fps, questions: records.map(questionOf) };
}

/** Hidden 128 with a small vision tower, as a demo has it. */
function shapeOf(vocabSize: number): ModelShape {
  const shape = modelShape(128, vocabSize, 4);
  return { ...shape, vision: { ...shape.vision, layers: 2 } };
}

async function writeModel(dir: string, checkpoint: string): Promise<void> {
  const companions = join(dir, 'companions');
  await mkdir(companions);
  const { vocabSize, files } = tokenizerFiles(MEAN_TOKENS);
  const pixels = CLIP.side ** 2;
  const all = { ...files, 'preprocessor_config.json': { min_pixels: pixels, max_pixels: pixels } };
  for (const [name, content] of Object.entries(all)) await writeFile(join(companions, name), JSON.stringify(content));
  await copyFile(TEMPLATE, join(companions, 'chat_template.jinja'));
  await using model = await Model.random({ json: configJson(shapeOf(vocabSize)) }, { seed: SEED });
  await model.save(checkpoint, { companionsFrom: companions });
}

function recordOf(dir: string, n: number): ReflectRecord {
  const name = `train-${String(n).padStart(4, '0')}`;
  const video = `${name}.mp4`;
  const right = 'ABCD'.charAt(n % 4);
  return makeRecord({
    ...{ rowId: name, task: 'qa', sample: 0, split: 'train', source: 'ucf', anomalyClass: null },
    ...{ video, videoUri: fileUri(join(dir, video)), videoKey: null, durationSec: CLIP.frames / CLIP.fps },
    question: `What happens in scene ${n}, and who has a part in it?`,
    ...{ options: [...OPTIONS], correctOption: right, truth: { label: right }, completion: null, wellFormed: null },
    transcript: renderTranscript(
      {
        grammar: 'reflective',
        initial: { think: 'I look.', answer: { option: right } },
        reflection: 'It is so.',
        revision: { think: 'I have looked again.', answer: { option: right } },
      },
      'qa',
    ),
    provenance: { initial: null, teacher: null },
  });
}

/** As the service asks; that both ask alike is seen by what the policy answers. */
function questionOf({ id, videoUri, question }: ReflectRecord): Question {
  const asked = { question: question ?? '', options: OPTIONS };
  const subject = { task: 'qa', ...asked } as const;
  const { system, user } = policyPrompt('reflection-rft', subject);
  return { id, videoUri: videoUri ?? '', ...asked, system, user };
}

/** A block that moves over noise, another one in each. */
async function writeClips(dir: string, names: readonly string[]): Promise<void> {
  const { side, frames, fps } = CLIP;
  const encoder = await encodeClips(names.map((name) => ({ path: join(dir, name), width: side, height: side, fps })));
  const write = async (index: number): Promise<void> => {
    const random = randomOf(index + 1);
    const noise = Uint8Array.from({ length: side * side * 3 }, () => 96 + 64 * random());
    const row = Math.floor(random() * (side - 8));
    for (let frame = 0; frame < frames; frame += 1) {
      const picture = noise.slice();
      for (let y = row; y < row + 8; y += 1)
        picture.fill(255, 3 * (y * side + 4 * frame), 3 * (y * side + 4 * frame + 8));
      await encoder.write(index, picture);
    }
    encoder.end(index);
  };
  await Promise.all(names.map((_, index) => write(index)));
  await encoder.finish();
}
