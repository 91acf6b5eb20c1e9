import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clipFromPatches, type Clip, type Device, type Grid, Model, type MropeVariant, type Prompt } from '../src';

// For specs: the committed references of tests/reference/native; tools/oracle/README.md says what is in them.

interface Span {
  kind: 'image' | 'video';
  grid: [number, number, number];
  second_per_grid?: number;
}

interface Inputs {
  mrope: MropeVariant;
  forbidden_tokens: number[];
  sequences: { ids: number[]; weights: number[]; vision: Span[] }[];
}

interface Generation {
  max_new_tokens: number;
  eos_token_ids: number[];
  suppress_tokens: number[];
  prompts: {
    sequence: number;
    length: number;
    vision_spans: number;
    tokens: number[];
    logprobs: number[];
    finish: 'stop' | 'length';
  }[];
}

/** Tensors of a safetensors file, as float32. */
export function readTensors(file: string): Map<string, { shape: number[]; values: Float32Array }> {
  const bytes = readFileSync(file);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, { shape: number[]; values: Float32Array }>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = entry.data_offsets.map((offset) => offset + 8 + headerLength) as [number, number];
    const part = bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + end);
    if (entry.dtype === 'F32') tensors.set(name, { shape: entry.shape, values: new Float32Array(part) });
    if (entry.dtype === 'F16') tensors.set(name, { shape: entry.shape, values: halves(new Uint16Array(part)) });
  }
  return tensors;
}

function halves(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return half & 0x8000 ? -magnitude : magnitude;
  });
}

/** One folder of references. */
export class Reference {
  static readonly root = join(__dirname, '../../../tests/reference/native');
  readonly dir: string;
  readonly inputs: Inputs;
  readonly generation: Generation;
  private tensors: ReturnType<typeof readTensors> | undefined;

  constructor(name: string) {
    this.dir = join(Reference.root, name);
    this.inputs = this.json('inputs.json') as Inputs;
    this.generation = this.json('generate.json') as Generation;
  }

  load(device: Device = 'cpu'): Promise<Model> {
    return Model.load(this.dir, { device });
  }

  /** All sequences with their clips, whose pixels lie one after the other. */
  async prompts(): Promise<{ ids: number[]; clips: Clip[] }[]> {
    const vision = this.inputs.sequences.some((sequence) => sequence.vision.length > 0);
    const pixels = vision ? readTensors(join(this.dir, 'inputs.safetensors')).get('pixel_values') : undefined;
    let row = 0;
    const prompts = [];
    for (const { ids, vision: spans } of this.inputs.sequences) {
      const clips = [];
      for (const span of spans) {
        if (pixels === undefined) throw new Error(`${this.dir}: no pixel_values`);
        const [t, h, w] = span.grid;
        const grid: Grid = { t, h, w };
        const dim = pixels.shape[1] ?? 0;
        const values = pixels.values.slice(row * dim, (row + t * h * w) * dim);
        row += t * h * w;
        clips.push(
          await clipFromPatches(
            values,
            span.kind === 'image'
              ? { kind: 'image', grid }
              : { kind: 'video', grid, secondPerGrid: span.second_per_grid ?? NaN },
          ),
        );
      }
      prompts.push({ ids, clips });
    }
    return prompts;
  }

  /** What generate.json completes. */
  async generationPrompts(): Promise<Prompt[]> {
    const sequences = await this.prompts();
    return this.generation.prompts.map(({ sequence, length, vision_spans: spans }) => {
      const whole = sequences[sequence];
      if (whole === undefined) throw new Error(`${this.dir}: no sequence ${sequence}`);
      return { ids: whole.ids.slice(0, length), clips: whole.clips.slice(0, spans) };
    });
  }

  /** A tensor of expected.safetensors. */
  expected(name: string): Float32Array {
    this.tensors ??= readTensors(join(this.dir, 'expected.safetensors'));
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw new Error(`${this.dir}: no tensor ${name}`);
    return tensor.values;
  }

  private json(name: string): unknown {
    return JSON.parse(readFileSync(join(this.dir, name), 'utf8'));
  }
}

/** Largest |a − b|; NaN when they differ in length. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN;
  let largest = 0;
  for (let i = 0; i < a.length; ++i) largest = Math.max(largest, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return largest;
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}

/** The text of a config.json: tiny, unless `text` says otherwise. */
export function configJson(text: Partial<Record<string, number>> = {}): string {
  const { hidden_size: hidden = 32, num_attention_heads: heads = 2 } = text;
  const frequencies = hidden / heads / 2;
  return JSON.stringify({
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    model_type: 'qwen2_5_vl',
    vocab_size: 128,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    hidden_act: 'silu',
    tie_word_embeddings: true,
    rope_scaling: { type: 'mrope', mrope_section: [frequencies / 4, (frequencies * 3) / 8, (frequencies * 3) / 8] },
    image_token_id: 110,
    video_token_id: 111,
    vision_start_token_id: 112,
    vision_end_token_id: 113,
    vision_config: {
      model_type: 'qwen2_5_vl',
      depth: 2,
      hidden_size: 32,
      intermediate_size: 48,
      num_heads: 2,
      in_channels: 3,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
      tokens_per_second: 2,
      window_size: 112,
      out_hidden_size: hidden,
      fullatt_block_indexes: [1],
      hidden_act: 'silu',
    },
    ...text,
  });
}
