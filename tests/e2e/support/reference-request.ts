import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTensor, type Tensor, writeTensors } from './safetensors';

const ROOT = resolve(__dirname, '../../reference/native');
const KINDS = [
  ['video', 'pixel_values_videos', 'video_grid_thw'],
  ['image', 'pixel_values', 'image_grid_thw'],
] as const;

interface Span {
  kind: 'image' | 'video';
  grid: [t: number, h: number, w: number];
  second_per_grid: number;
}

interface Inputs {
  mrope: string;
  sequences: { ids: number[]; vision: Span[] }[];
}

export interface Generated {
  max_new_tokens: number;
  eos_token_ids: number[];
  prompts: { sequence: number; length: number; vision_spans: number; tokens: number[]; finish: string }[];
}

/** A committed checkpoint, and what transformers computes for it: see tools/oracle/README.md. */
export class ReferenceModel {
  readonly dir: string;
  readonly generated: Generated;
  readonly #inputs: Inputs;

  constructor(name: string) {
    this.dir = join(ROOT, name);
    this.#inputs = this.#read<Inputs>('inputs.json');
    this.generated = this.#read<Generated>('generate.json');
  }

  get sequences(): readonly { ids: number[] }[] {
    return this.#inputs.sequences;
  }

  /** Of tokens 1, 2, … of a sequence, each given those before it. */
  logprobs(sequence: number): Float32Array {
    // The first token has none; the file has a place for it.
    return readTensor(join(this.dir, 'expected.safetensors'), `logprobs.${sequence}`).subarray(1);
  }

  /**
   * Writes a request for the beginning of a sequence, and its patches beside it.
   * @returns path of the request
   */
  writeRequest(folder: string, sequence: number, part: { length?: number; spans?: number } = {}, more = {}): string {
    const { ids = [], vision = [] } = this.#inputs.sequences[sequence] ?? {};
    const spans = vision.slice(0, part.spans);
    const stem = join(folder, `sequence-${sequence}`);
    const request: Record<string, unknown> = {
      input_ids: ids.slice(0, part.length),
      mrope: this.#inputs.mrope,
      ...more,
    };
    if (spans.length > 0) {
      writeTensors(`${stem}.safetensors`, this.#tensors(sequence, spans));
      request['vision'] = `sequence-${sequence}.safetensors`;
    }
    writeFileSync(`${stem}.json`, JSON.stringify(request));
    return `${stem}.json`;
  }

  /** The file of inputs holds the patches of all spans of all sequences, in order. */
  #tensors(sequence: number, spans: readonly Span[]): Record<string, Tensor> {
    const file = join(this.dir, 'inputs.safetensors');
    const pixels = existsSync(file) ? readTensor(file, 'pixel_values') : new Float32Array(0);
    const patches = (of: readonly Span[]): number => of.reduce((sum, { grid: [t, h, w] }) => sum + t * h * w, 0);
    const all = this.#inputs.sequences.flatMap(({ vision }) => vision);
    const patchDim = pixels.length / patches(all);
    const before = patches(this.#inputs.sequences.slice(0, sequence).flatMap(({ vision }) => vision));
    const rows = spans.map((span, i) => {
      const first = before + patches(spans.slice(0, i));
      return { span, values: pixels.subarray(first * patchDim, (first + patches([span])) * patchDim) };
    });
    const tensors: Record<string, Tensor> = {};
    for (const [kind, values, grids] of KINDS) {
      const own = rows.filter(({ span }) => span.kind === kind);
      if (own.length === 0) continue;
      const joined = Float32Array.from(own.flatMap((row) => [...row.values]));
      tensors[values] = { dtype: 'F32', shape: [joined.length / patchDim, patchDim], values: joined };
      const grid = BigInt64Array.from(own.flatMap(({ span }) => span.grid).map(BigInt));
      tensors[grids] = { dtype: 'I64', shape: [own.length, 3], values: grid };
      if (kind === 'image') continue;
      const seconds = Float32Array.from(own, ({ span }) => span.second_per_grid);
      tensors['second_per_grid_ts'] = { dtype: 'F32', shape: [own.length], values: seconds };
    }
    return tensors;
  }

  #read<T>(name: string): T {
    return JSON.parse(readFileSync(join(this.dir, name), 'utf8')) as T;
  }
}
