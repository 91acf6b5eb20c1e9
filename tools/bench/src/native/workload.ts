import { type ModelShape, specialTokens } from './model-shape';

/** 8 frames of 56 × 56 pixels: patches along time, rows and columns. */
const GRID: Grid = [4, 4, 4];
const PROMPTS = 8;
const SAMPLES = 4;
const PROMPT_TOKENS = { min: 100, max: 170 };
/** How a trained policy ends its answers, in tokens. */
const LENGTHS = { mean: 115, deviation: 45, min: 20, max: 200 };
const SFT_TOKENS = 300;
const TOKENS_BEFORE_CLIP = 10;

export type Grid = [t: number, h: number, w: number];

/** Field names are those of the peers' requests, which the same objects become. */
export interface PromptRow {
  /** Token ids, the pads of the clips among them. */
  readonly ids: readonly number[];
  readonly vision: readonly { readonly kind: 'video'; readonly grid: Grid; readonly second_per_grid: number }[];
}

export interface SequenceRow extends PromptRow {
  /** 0 for the prompt, 1 for the answer. */
  readonly weights: readonly number[];
}

/** One set of requests, which ours and the peers get alike. */
export interface Workload {
  readonly prompts: readonly PromptRow[];
  readonly samples: number;
  /** Where each sample ends, [prompts][samples], tokens. */
  readonly lengths: readonly (readonly number[])[];
  readonly maxNewTokens: number;
  /** Prompts with answers, for SFT. */
  readonly sequences: readonly SequenceRow[];
}

/** The same seed makes the same workload. */
export function makeWorkload(shape: ModelShape, seed: number): Workload {
  const random = new Random(seed);
  const tokens = specialTokens(shape);
  const [t, h, w] = GRID;
  const text = (count: number): number[] =>
    Array.from({ length: count }, () => random.integer(tokens.firstText, tokens.lastText));
  const clip = [
    tokens.visionStart,
    ...Array.from({ length: (t * h * w) / shape.vision.merge ** 2 }, () => tokens.videoPad),
    tokens.visionEnd,
  ];
  const prompts = Array.from({ length: PROMPTS }, (): PromptRow => {
    const count = random.integer(PROMPT_TOKENS.min, PROMPT_TOKENS.max);
    const ids = [...text(TOKENS_BEFORE_CLIP), ...clip, ...text(count - TOKENS_BEFORE_CLIP - clip.length)];
    return { ids, vision: [{ kind: 'video', grid: GRID, second_per_grid: 2 }] };
  });
  return {
    prompts,
    samples: SAMPLES,
    lengths: prompts.map(() => Array.from({ length: SAMPLES }, () => length(random))),
    maxNewTokens: LENGTHS.max,
    sequences: prompts.map(({ ids, vision }) => {
      const answer = text(SFT_TOKENS - ids.length);
      return { ids: [...ids, ...answer], weights: [...ids.map(() => 0), ...answer.map(() => 1)], vision };
    }),
  };
}

/** Patches of all clips of the prompts, one row after the other: (patches, patchDim). */
export function makePixels(shape: ModelShape, prompts: readonly PromptRow[], seed: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  const patches = prompts.flatMap(({ vision }) => vision).reduce((sum, { grid: [t, h, w] }) => sum + t * h * w, 0);
  return new Float32Array(patches * shape.vision.patchDim).map(() => random.normal());
}

function length(random: Random): number {
  const drawn = Math.round(LENGTHS.mean + LENGTHS.deviation * random.normal());
  return Math.min(LENGTHS.max, Math.max(LENGTHS.min, drawn));
}

/** Mulberry32: small, and the same on every machine. */
class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Both ends included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.uniform() * (max - min + 1));
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}
