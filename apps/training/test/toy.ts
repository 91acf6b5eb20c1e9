import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveGrpo, type GrpoConfig, type RunEvent } from '@srvau/contracts';
import type { Objective, StepOutcome, ValidationOutcome } from '../src/loop/objective';
import type { RankContext } from '../src/rank/rank-context';
import { openRun, type OpenRunOptions } from '../src/run/open-run';
import type { TrainingRun } from '../src/run/run';
import type { SampleRow } from '../src/run/samples-table';
import { quietContext } from './quiet-context';
import { toyPaths } from './toy-paths';

// A training without a model: one number, which moves towards 1 by draws that follow from the seed and the step.

export interface ToyOptions {
  readonly steps: number;
  /** Validated after every so many steps and before the first; 0 is never. */
  readonly validateEvery?: number;
  /** By steps done; by default the distance from 1. */
  readonly score?: (step: number) => number;
  readonly warnings?: (step: number) => StepOutcome['warnings'];
  /** Called within a step, before anything is changed. */
  readonly within?: (step: number, signal: AbortSignal) => Promise<void>;
}

export class ToyObjective implements Objective {
  readonly totalSteps: number;
  private warnings = 0;

  private constructor(
    private readonly options: ToyOptions,
    private weight: number,
    private momentum: number,
  ) {
    this.totalSteps = options.steps;
  }

  /** As real ones do, it takes parameters and optimizer from where the run goes on. */
  static async create(run: TrainingRun, options: ToyOptions): Promise<ToyObjective> {
    if (run.resume === null) return new ToyObjective(options, 0, 0);
    const weight = await readNumber(join(run.resume.dir, 'model.safetensors'));
    return new ToyObjective(options, weight, await readNumber(run.resume.optimizer));
  }

  readonly model: Objective['model'] = {
    save: async (dir, options) => {
      await writeNumber(join(dir, 'model.safetensors'), this.weight);
      await writeFile(join(dir, 'config.json'), await readFile(join(options?.companionsFrom ?? '', 'config.json')));
    },
  };
  readonly trainer: Objective['trainer'] = { saveState: (file) => writeNumber(file, this.momentum) };

  async step(step: number, signal: AbortSignal): Promise<StepOutcome> {
    await this.options.within?.(step, signal);
    const draw = createHash('sha256').update(`${step}`).digest().readUInt32LE() / 2 ** 32;
    this.momentum = 0.9 * this.momentum + (1 - this.weight) * draw;
    this.weight += 0.1 * this.momentum;
    const warnings = this.options.warnings?.(step + 1) ?? [];
    this.warnings += warnings.length;
    return {
      metrics: { loss: 1 - this.weight, draw, warned: this.warnings, ratio: draw < 0.1 ? NaN : 1 / draw },
      seconds: { train: 0.001 },
      warnings,
      samples: step % 2 === 0 ? [sample(step + 1, `${this.weight}`)] : [],
    };
  }

  async validate(step: number): Promise<ValidationOutcome | undefined> {
    const { validateEvery = 0, score } = this.options;
    if (validateEvery === 0 || step % validateEvery !== 0) return undefined;
    const value = score?.(step) ?? Math.abs(1 - this.weight);
    return { metrics: { 'val/loss': value }, score: { metric: 'val/loss', value, better: 'lower' } };
  }

  state(): Record<string, unknown> {
    return { warnings: this.warnings };
  }

  restore(state: Record<string, unknown>): void {
    this.warnings = Number(state['warnings']);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A safetensors file of one number, and of nothing else. */
export async function writeNumber(path: string, value: number): Promise<void> {
  const header = Buffer.from(JSON.stringify({ value: { dtype: 'F64', shape: [], data_offsets: [0, 8] } }));
  const [length, data] = [Buffer.alloc(8), Buffer.alloc(8)];
  length.writeBigUInt64LE(BigInt(header.byteLength));
  data.writeDoubleLE(value);
  await writeFile(path, Buffer.concat([length, header, data]));
}

async function readNumber(path: string): Promise<number> {
  const bytes = await readFile(path);
  return bytes.readDoubleLE(bytes.byteLength - 8);
}

export const sample = (step: number, completion: string): SampleRow => ({
  ...{ step, id: 'a/0', groupId: 'a', task: 'qa', prompt: 'why?', completion, finish: 'stop', tokens: 3 },
  ...{ truth: { answer: 'B' }, scores: { task: { kind: 'scored', value: 1 } }, reward: 1, advantage: null },
  wellFormed: true,
});

/** Of one rank alone. What it tells is kept. */
export function toyContext(signal: AbortSignal = new AbortController().signal): RankContext & {
  readonly told: { progress: number[]; metrics: [number, Readonly<Record<string, number>>][]; events: RunEvent[] };
} {
  const told: ReturnType<typeof toyContext>['told'] = { progress: [], metrics: [], events: [] };
  return {
    ...quietContext(undefined, { signal }),
    told,
    progress: ({ done }) => void told.progress.push(done),
    metrics: (step, values) => void told.metrics.push([step, values]),
    event: (event) => void told.events.push(event),
  };
}

/** A configuration whose settings other than these are the defaults. */
export const toyConfig = (config: Record<string, unknown> = {}): GrpoConfig => resolveGrpo({ config });

export async function openToy(
  root: string,
  context: RankContext,
  options: Partial<OpenRunOptions> = {},
): Promise<TrainingRun> {
  const paths = await toyPaths(root);
  const base = { kind: 'grpo', dir: join(root, 'run'), config: toyConfig(), given: {}, paths, resume: true } as const;
  return openRun({ ...base, context, ...options });
}
