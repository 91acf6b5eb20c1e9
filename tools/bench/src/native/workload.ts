import { type ModelShape, specialTokens } from './model-shape';

/** 8 frames of 56 × 56 pixels: patches along time, rows and columns. */
const GRID: Grid = [4, 4, 4];
const TOKENS_BEFORE_CLIP = 10;

export interface WorkloadSize {
  readonly prompts: number;
  readonly samples: number;
  readonly promptTokens: { readonly min: number; readonly max: number };
  /** How a trained policy ends its answers, in tokens. */
  readonly lengths: { readonly mean: number; readonly deviation: number; readonly min: number; readonly max: number };
  /** Of a sequence for SFT, prompt and answer. */
  readonly sftTokens: number;
}

const SMALL: WorkloadSize = {
  prompts: 8,
  samples: 4,
  promptTokens: { min: 100, max: 170 },
  lengths: { mean: 115, deviation: 45, min: 20, max: 200 },
  sftTokens: 300,
};

/** For a GPU: a whole batch of GRPO. */
export const LARGE: WorkloadSize = {
  prompts: 128,
  samples: 4,
  promptTokens: { min: 200, max: 400 },
  lengths: { mean: 300, deviation: 100, min: 50, max: 512 },
  sftTokens: 512,
};

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
export function makeWorkload(shape: ModelShape, seed: number, size: WorkloadSize = SMALL): Workload {
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
  const prompts = Array.from({ length: size.prompts }, (): PromptRow => {
    const count = random.integer(size.promptTokens.min, size.promptTokens.max);
    const ids = [...text(TOKENS_BEFORE_CLIP), ...clip, ...text(count - TOKENS_BEFORE_CLIP - clip.length)];
    return { ids, vision: [{ kind: 'video', grid: GRID, second_per_grid: 2 }] };
  });
  return {
    prompts,
    samples: size.samples,
    lengths: prompts.map(() => Array.from({ length: size.samples }, () => length(random, size.lengths))),
    maxNewTokens: size.lengths.max,
    sequences: prompts.map(({ ids, vision }) => {
      const answer = text(size.sftTokens - ids.length);
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

function length(random: Random, { mean, deviation, min, max }: WorkloadSize['lengths']): number {
  const drawn = Math.round(mean + deviation * random.normal());
  return Math.min(max, Math.max(min, drawn));
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
