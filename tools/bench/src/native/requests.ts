import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Device, type Dtype } from '@srvau/native';
import { type ModelShape } from './model-shape';
import { writeSafetensors } from './safetensors';
import { makePixels, type PromptRow, type SequenceRow, type Workload } from './workload';

/** What all requests have; the peers' programs describe the rest. */
interface Common {
  readonly threads: number;
  /** The peers call it by its first part. */
  readonly device: Device;
  readonly seed: number;
  /** Unmeasured before the measured. */
  readonly warmup: number;
}

export interface GenerateRequest extends Common {
  readonly dtype: Dtype;
  readonly prompts: readonly PromptRow[];
  readonly samples: number;
  readonly lengths: readonly (readonly number[])[];
  readonly max_new_tokens: number;
  /** Pixels as the peers read them, beside the request. */
  readonly pixels: string;
  /** The same as ours reads them. */
  readonly clips: string;
  readonly repeats: number;
}

export interface GrpoRequest extends Omit<GenerateRequest, 'repeats'> {
  /** Weight of the divergence from the reference. */
  readonly beta: number;
  readonly steps: number;
  readonly gradient_checkpointing: boolean;
  /** Of ours; 0: all in one pass. */
  readonly pass_tokens: number;
}

export interface SftRequest extends Common {
  readonly sequences: readonly SequenceRow[];
  readonly pixels: string;
  readonly clips: string;
  readonly modes: readonly string[];
  readonly lr: number;
  readonly gradient_checkpointing: boolean;
  /** Of ours; 0: all in one pass. */
  readonly pass_tokens: number;
  readonly repeats: number;
}

export interface MatmulRequest extends Omit<Common, 'warmup'> {
  readonly dtypes: readonly Dtype[];
  readonly shapes: readonly (readonly number[])[];
  /** Of measuring, for each shape. */
  readonly seconds: number;
}

export type RequestSettings = Pick<Common, 'threads' | 'seed' | 'device'>;

/** Makes pixels for a workload, in files, and the requests that use them. */
export class Requests {
  private constructor(
    private readonly dir: string,
    private readonly workload: Workload,
    private readonly common: RequestSettings,
  ) {}

  static async make(dir: string, shape: ModelShape, workload: Workload, common: RequestSettings) {
    await mkdir(dir, { recursive: true });
    const { prompts } = workload;
    const pixels = makePixels(shape, prompts, common.seed);
    const spans = prompts.flatMap(({ vision }) => vision);
    const patches = { shape: [pixels.length / shape.vision.patchDim, shape.vision.patchDim], values: pixels };
    await writeSafetensors(join(dir, 'pixels.safetensors'), { pixel_values: patches });
    await writeSafetensors(join(dir, 'clips.safetensors'), {
      video_grid_thw: {
        shape: [spans.length, 3],
        values: BigInt64Array.from(spans.flatMap(({ grid }) => grid.map(BigInt))),
      },
      pixel_values_videos: patches,
      second_per_grid_ts: {
        shape: [spans.length],
        values: Float32Array.from(spans.map((span) => span.second_per_grid)),
      },
    });
    return new Requests(dir, workload, common);
  }

  /** @returns the file */
  generate(repeats: number, dtype: Dtype = 'float32'): Promise<string> {
    return this.write('generate', { ...this.sampling(), dtype, warmup: 1, repeats });
  }

  grpo(
    steps: number,
    options: { gradientCheckpointing: boolean; dtype?: Dtype; passTokens?: number },
  ): Promise<string> {
    return this.write('grpo', {
      ...this.sampling(),
      dtype: options.dtype ?? 'float32',
      pass_tokens: options.passTokens ?? 0,
      beta: 0.04,
      warmup: 1,
      steps,
      gradient_checkpointing: options.gradientCheckpointing,
    });
  }

  /** @param side ours and the peer differ in modes */
  sft(
    side: 'ours' | 'peer',
    repeats: number,
    modes: readonly string[],
    options: { gradientCheckpointing?: boolean; passTokens?: number } = {},
  ): Promise<string> {
    const { sequences } = this.workload;
    return this.write(`sft-${side}`, {
      ...this.shared(),
      sequences,
      modes,
      lr: 1e-4,
      gradient_checkpointing: options.gradientCheckpointing ?? false,
      pass_tokens: options.passTokens ?? 0,
      warmup: 1,
      repeats,
    });
  }

  /** @param shapes rows × inputs × outputs */
  matmul(shapes: readonly (readonly number[])[], dtypes: readonly Dtype[] = ['float32', 'bfloat16']): Promise<string> {
    return this.write('matmul', { ...this.common, shapes, dtypes, seconds: 1 });
  }

  private shared() {
    return { ...this.common, pixels: 'pixels.safetensors', clips: join(this.dir, 'clips.safetensors') };
  }

  private sampling() {
    const { prompts, samples, lengths, maxNewTokens } = this.workload;
    return { ...this.shared(), prompts, samples, lengths, max_new_tokens: maxNewTokens };
  }

  private async write(
    name: string,
    request: GenerateRequest | GrpoRequest | SftRequest | MatmulRequest,
  ): Promise<string> {
    const file = join(this.dir, `${name}.json`);
    await writeFile(file, JSON.stringify(request));
    return file;
  }
}
