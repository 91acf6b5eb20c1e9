import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ReflectRecord, ReflectSplit } from '@srvau/contracts';
import { byteTokenizer } from '@srvau/models';
import { Model } from '@srvau/native';
import { POLICY_PROMPTS, policyPrompt, renderTranscript } from '@srvau/reasoning';
import { makeRecord, writeReflectDataset } from '@srvau/reflection-data';
import { encodeClips } from '@srvau/video';

const SIDE = 56;
const SECONDS = 2;
const COLOURS = { red: [220, 30, 30], blue: [30, 30, 220] } as const;
type Colour = keyof typeof COLOURS;

/** Names and ids of what a byte-level tokenizer needs beyond its bytes. */
const SPECIAL = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|image_pad|>',
  '<|video_pad|>',
];
const FIRST_SPECIAL = 256;
const idOf = (token: string): number => FIRST_SPECIAL + SPECIAL.indexOf(token);

/** Words of the paper's prompts, which are three times as long in bytes. */
const WORDS = wordsOfPrompts();
const FIRST_WORD = FIRST_SPECIAL + SPECIAL.length;

/**
 * A world small enough to learn in seconds: clips of one colour, a question about it, and a model of some thousand parameters
 * with a tokenizer of bytes and a few hundred words.
 */
export class TinyWorld {
  readonly dir = mkdtempSync(join(tmpdir(), 'srvau-tiny-'));
  readonly model = join(this.dir, 'model');
  readonly data = join(this.dir, 'data');

  /** @param splits how many records in each; every second one is red */
  static async make(
    splits: Partial<Record<ReflectSplit, number>> = { train: 8, val: 4 },
    seed = 1,
  ): Promise<TinyWorld> {
    const world = new TinyWorld();
    await world.#writeClips();
    await world.#writeModel(seed);
    const counts = Object.entries(splits) as [ReflectSplit, number][];
    const all = counts.flatMap(([split, count]) => Array.from({ length: count }, (_, i) => world.record(split, i)));
    await world.writeData(all);
    return world;
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  videoUri(colour: Colour): string {
    return pathToFileURL(join(this.dir, `${colour}.mp4`)).href;
  }

  /** What colour the clip has, answered wrongly first by every third. */
  record(split: ReflectSplit, n: number, changes: Partial<Parameters<typeof makeRecord>[0]> = {}): ReflectRecord {
    const colour: Colour = n % 2 === 0 ? 'red' : 'blue';
    const right = colour === 'red' ? 'A' : 'B';
    const first = n % 3 === 0 ? (right === 'A' ? 'B' : 'A') : right;
    const name = `${split}-${String(n).padStart(4, '0')}`;
    return makeRecord({
      rowId: name,
      task: 'qa',
      sample: 0,
      split,
      source: 'ucf',
      video: `${name}.mp4`,
      videoUri: this.videoUri(colour),
      videoKey: null,
      durationSec: SECONDS,
      question: 'Which colour?',
      options: ['red', 'blue'],
      correctOption: right,
      truth: { label: right },
      anomalyClass: null,
      completion: null,
      wellFormed: null,
      transcript: renderTranscript(
        {
          grammar: 'reflective',
          initial: { think: 'I look.', answer: { option: first } },
          reflection: first === right ? 'It is so.' : 'It is not.',
          revision: { think: `It is ${colour}.`, answer: { option: right } },
        },
        'qa',
      ),
      provenance: { initial: null, teacher: null },
      ...changes,
    });
  }

  async writeData(records: readonly ReflectRecord[], dir = this.data): Promise<string> {
    mkdirSync(dir, { recursive: true });
    const inputs = { dataset: null, initial: null, teacher: null, splits: null, imported: [], settings: {} };
    const sorted = [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
    await writeReflectDataset(dir, { writtenBy: 'a test', inputs, stoppedBy: null, records: sorted, rejects: [] });
    return dir;
  }

  async #writeClips(): Promise<void> {
    const colours = Object.keys(COLOURS) as Colour[];
    const shape = { width: SIDE, height: SIDE, fps: 2 };
    const encoder = await encodeClips(colours.map((colour) => ({ path: join(this.dir, `${colour}.mp4`), ...shape })));
    const write = async (colour: Colour, index: number): Promise<void> => {
      const picture = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => COLOURS[colour][i % 3] ?? 0);
      for (let frame = 0; frame < SECONDS * shape.fps; frame += 1) await encoder.write(index, picture);
      encoder.end(index);
    };
    await Promise.all(colours.map(write));
    await encoder.finish();
  }

  async #writeModel(seed: number): Promise<void> {
    const files = join(this.dir, 'companions');
    mkdirSync(files);
    for (const [name, content] of Object.entries(tokenizerFiles())) {
      writeFileSync(join(files, name), JSON.stringify(content));
    }
    cpSync(join(__dirname, '../../../tests/fixtures/chat-template/vision.jinja'), join(files, 'chat_template.jinja'));
    await using model = await Model.random({ json: JSON.stringify(modelConfig()) }, { seed });
    await model.save(this.model, { companionsFrom: files });
  }
}

function tokenizerFiles(): Record<string, object> {
  const tokens = [
    ...SPECIAL.map((content) => ({ id: idOf(content), content, special: true })),
    ...WORDS.map((content, i) => ({ id: FIRST_WORD + i, content, special: false })),
  ];
  return {
    'tokenizer.json': byteTokenizer(tokens),
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      eos_token: '<|im_end|>',
      pad_token: '<|endoftext|>',
    },
    // Frames stay as small as they are.
    'preprocessor_config.json': { min_pixels: SIDE * SIDE, max_pixels: SIDE * SIDE },
    'generation_config.json': { eos_token_id: [idOf('<|im_end|>'), idOf('<|endoftext|>')] },
  };
}

function wordsOfPrompts(): string[] {
  const subjects = [{ task: 'qa', question: 'a', options: ['a', 'b'] } as const, { task: 'tag' } as const];
  const prompts = POLICY_PROMPTS.flatMap((name) => subjects.map((subject) => policyPrompt(name, subject)));
  const words = prompts.flatMap(({ system, user }) => `${system} ${user}`.match(/ [A-Za-z]{3,}/g) ?? []);
  return [...new Set(words)].sort();
}

function modelConfig(): object {
  return {
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    model_type: 'qwen2_5_vl',
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: FIRST_WORD + WORDS.length,
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-6,
    rope_theta: 1000000,
    hidden_act: 'silu',
    rope_scaling: { type: 'mrope', mrope_section: [2, 1, 1] },
    tie_word_embeddings: true,
    initializer_range: 0.1,
    image_token_id: idOf('<|image_pad|>'),
    video_token_id: idOf('<|video_pad|>'),
    vision_start_token_id: idOf('<|vision_start|>'),
    vision_end_token_id: idOf('<|vision_end|>'),
    eos_token_id: idOf('<|im_end|>'),
    bos_token_id: idOf('<|endoftext|>'),
    vision_config: {
      model_type: 'qwen2_5_vl',
      depth: 2,
      hidden_size: 32,
      intermediate_size: 40,
      num_heads: 2,
      out_hidden_size: 32,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
      tokens_per_second: 2,
      window_size: 56,
      fullatt_block_indexes: [1],
      in_chans: 3,
      initializer_range: 0.1,
    },
  };
}
