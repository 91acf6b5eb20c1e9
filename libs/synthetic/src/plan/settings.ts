import { describe, type ErrorDetail, SrvauError } from '@srvau/contracts';
import { SCENE_TYPES, type Camera, type Footage, type Light, type SceneType } from '../script/scene-script';

export const SPLIT_NAMES = ['train', 'val', 'test', 'test-ood-scene', 'test-ood-footage'] as const;
/**
 * `train`, `val` and `test` show the same scene types; `test-ood-scene` shows one that the others do not, and
 * `test-ood-footage` puts events into real pictures.
 */
export type SplitName = (typeof SPLIT_NAMES)[number];

/** Everything that decides what a data set of clips holds. Equal settings give equal bytes. */
export interface SynthSettings {
  seed: number;
  clips: number;
  /** Pixels; even, as H.264 with halved chroma wants. */
  width: number;
  height: number;
  fps: number;
  /** Length of clips, seconds. */
  minSec: number;
  maxSec: number;
  /** Scene types of `train`, `val` and `test`. */
  scenes: readonly Exclude<SceneType, 'footage'>[];
  /** Scene types of `test-ood-scene`; none of `scenes`. */
  oodScenes: readonly Exclude<SceneType, 'footage'>[];
  /** Clips of each split in parts of their sum. */
  splits: Readonly<Record<SplitName, number>>;
  /** Questions about each clip. */
  questions: number;
  footage: readonly FootageSource[];
}

/** A real video and what was found out about its camera and light. */
export interface FootageSource extends Omit<Footage, 'startSec'> {
  durationSec: number;
  camera: Camera;
  light: Light;
}

export const MIN_SIDE = 56;
const MAX_SIDE = 4096;

/** @throws SrvauError INVALID_REQUEST that names every field at fault */
export function checkSettings(settings: SynthSettings): SynthSettings {
  const details: ErrorDetail[] = [];
  const expect = (field: string, ok: boolean, expected: string, value: unknown): void => {
    if (!ok) details.push({ field, expected, received: describe(value) });
  };
  const whole = (field: string, value: number, from: number, to: number): void =>
    expect(
      field,
      Number.isInteger(value) && value >= from && value <= to,
      `a whole number from ${from} to ${to}`,
      value,
    );
  whole('seed', settings.seed, 0, 2 ** 32 - 1);
  whole('clips', settings.clips, 1, 10_000_000);
  for (const side of ['width', 'height'] as const) {
    whole(side, settings[side], MIN_SIDE, MAX_SIDE);
    expect(side, settings[side] % 2 === 0, 'an even number', settings[side]);
  }
  expect('fps', settings.fps >= 1 && settings.fps <= 60, 'a number from 1 to 60', settings.fps);
  expect('minSec', settings.minSec >= 8 && settings.minSec <= 30, 'from 8 to 30 seconds', settings.minSec);
  expect(
    'maxSec',
    settings.maxSec >= settings.minSec && settings.maxSec <= 30,
    'from minSec to 30 seconds',
    settings.maxSec,
  );
  whole('questions', settings.questions, 1, 6);
  expect('scenes', settings.scenes.length > 0, `at least one of ${SCENE_TYPES.join(', ')}`, settings.scenes);
  const both = settings.oodScenes.filter((scene) => settings.scenes.includes(scene));
  expect('oodScenes', both.length === 0, 'none that is among scenes', both);
  for (const name of SPLIT_NAMES) {
    const share = settings.splits[name];
    expect(`splits.${name}`, Number.isFinite(share) && share >= 0, 'a number from 0 on', share);
  }
  expect(
    'splits',
    SPLIT_NAMES.some((name) => settings.splits[name] > 0),
    'at least one share above 0',
    settings.splits,
  );
  expect(
    'splits.test-ood-scene',
    settings.splits['test-ood-scene'] === 0 || settings.oodScenes.length > 0,
    '0 without oodScenes',
    settings.splits['test-ood-scene'],
  );
  expect(
    'splits.test-ood-footage',
    settings.splits['test-ood-footage'] === 0 || settings.footage.length > 0,
    '0 without footage',
    settings.splits['test-ood-footage'],
  );
  const [first] = details;
  if (first === undefined) return settings;
  throw new SrvauError('INVALID_REQUEST', `${first.field}: expected ${first.expected}, received ${first.received}`, {
    details,
  });
}
