import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Model } from '@srvau/native';
import { type Checkpoints, VISION_TEMPLATE } from './checkpoint';

const root = join(__dirname, '../../..');

/** A small clip of the fixtures, 320x240. */
export const clip = (name: string): string => join(root, 'tests/fixtures/cctv', `${name}.mp4`);

/** A committed checkpoint with what transformers computes for it, see tools/oracle/README.md. */
export const referenceCheckpoint = (name: string): string => join(root, 'tests/reference/native', name);

/** A checkpoint with the published tokenizer, a template that takes videos, and small random weights. */
export async function makeTinyModel(checkpoints: Checkpoints, seed = 1): Promise<string> {
  const files = checkpoints.make();
  cpSync(VISION_TEMPLATE, join(files, 'chat_template.jinja'));
  const dir = join(checkpoints.make(), 'tiny-vl');
  await using model = await Model.random({ dir: join(root, 'tests/fixtures/tiny-vl') }, { seed });
  await model.save(dir, { companionsFrom: files });
  return dir;
}
