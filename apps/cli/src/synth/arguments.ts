import { InvalidArgumentError } from 'commander';

/** Values of `srvau synth`'s options; what these parsers throw, commander shows beside the option. */

/** Lists repeated from @srvau/synthetic, which `srvau --help` must not wait for; a spec holds them equal. */
export const DRAWN_SCENES = ['street', 'corridor', 'car-park', 'shop', 'plaza'] as const;
export type DrawnScene = (typeof DRAWN_SCENES)[number];
export const SPLITS = ['train', 'val', 'test', 'test-ood-scene', 'test-ood-footage'] as const;
export type SynthSplit = (typeof SPLITS)[number];

export interface PictureSize {
  width: number;
  height: number;
}

/** `112` (square) or `160x120`. Odd sides become even ones, one larger: H.264 with halved chroma has no others. */
export function pictureSize(text: string): PictureSize {
  const match = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text);
  const width = Number(match?.[1]);
  const height = Number(match?.[2] ?? match?.[1]);
  if (match === null || Math.min(width, height) < 56 || Math.max(width, height) > 4096) {
    throw new InvalidArgumentError('Expected SIDE or WIDTHxHEIGHT, each from 56 to 4096 pixels.');
  }
  return { width: width + (width % 2), height: height + (height % 2) };
}

export interface SecondsRange {
  minSec: number;
  maxSec: number;
}

/** `12` or `8-16`. */
export function secondsRange(text: string): SecondsRange {
  const match = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(text);
  const minSec = Number(match?.[1]);
  const maxSec = Number(match?.[2] ?? match?.[1]);
  if (match !== null && minSec >= 8 && maxSec >= minSec && maxSec <= 30) return { minSec, maxSec };
  throw new InvalidArgumentError('Expected SECONDS or FROM-TO, from 8 to 30.');
}

/** `street,shop`; `none` for an empty list. */
export function sceneList(text: string): DrawnScene[] {
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => !(DRAWN_SCENES as readonly string[]).includes(name));
  if (wrong.length > 0)
    throw new InvalidArgumentError(`Expected some of ${DRAWN_SCENES.join(', ')}, with commas between.`);
  return DRAWN_SCENES.filter((scene) => names.includes(scene));
}

/** `train=80,test=20`: parts of the whole; splits that are not named get none. */
export function splitShares(text: string): Record<SynthSplit, number> {
  const shares = Object.fromEntries(SPLITS.map((name) => [name, 0])) as Record<SynthSplit, number>;
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=').map((word) => word.trim());
    const share = value === '' ? NaN : Number(value);
    const split = SPLITS.find((each) => each === name);
    if (split === undefined || !(share >= 0 && Number.isFinite(share))) {
      throw new InvalidArgumentError(
        `Expected NAME=PART,… with names out of ${SPLITS.join(', ')} and parts from 0 on.`,
      );
    }
    shares[split] = share;
  }
  return shares;
}
