import { Tokenizer } from '@srvau/models';
import { renderTranscript } from '@srvau/reasoning';
import { TinyWorld } from '../../../test/tiny-world';
import { readCompletion } from './read-completion';
import { rolloutSeed } from './rollout-seed';

describe('rolloutSeed', () => {
  const key = { seed: 0, step: 3, recordId: 'a:qa:0', sample: 1 };

  it('follows from its key, and differs with each part of it', () => {
    expect(rolloutSeed(key)).toBe(rolloutSeed({ ...key }));
    const others = [{ seed: 1 }, { step: 4 }, { recordId: 'a:qa:1' }, { sample: 2 }, { seed: 3, step: 0 }];
    const seeds = [key, ...others.map((change) => ({ ...key, ...change }))].map(rolloutSeed);
    expect(new Set(seeds).size).toBe(seeds.length);
    for (const seed of seeds) expect(seed).toBeLessThan(2n ** 64n);
  });
});

describe('readCompletion', () => {
  let world: TinyWorld;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    world = await TinyWorld.make({ train: 1 });
    tokenizer = await Tokenizer.load(world.model);
  });
  afterAll(() => world.dispose());

  const form = { grammar: 'reflective', task: 'qa' } as const;
  const first = '<think>é</think><answer>A</answer>';
  const text = renderTranscript(
    {
      grammar: 'reflective',
      initial: { think: 'é', answer: { option: 'A' } },
      reflection: 'r',
      revision: { think: 't', answer: { option: 'B' } },
    },
    'qa',
  );
  const read = (completion: string) => readCompletion(Int32Array.from(tokenizer.encode(completion)), tokenizer, form);

  it('counts tokens of the text, and of the first round', () => {
    expect(text.startsWith(first)).toBe(true);
    const bytes = { total: Buffer.byteLength(text), firstRound: Buffer.byteLength(first) };
    expect(read(`${text}<|im_end|>`)).toEqual({ text, tokens: bytes, wellFormed: true });
    expect(read(text)).toEqual({ text, tokens: bytes, wellFormed: true });
  });

  it('has no first round where there is no answer', () => {
    expect(read('<think>t</think>').tokens).toEqual({ total: 16, firstRound: 0 });
    expect(read('<|im_end|>')).toEqual({ text: '', tokens: { total: 0, firstRound: 0 }, wellFormed: false });
  });

  it('keeps special tokens that are not the end: they cost the format', () => {
    const odd = text.replace('<reflection>', '<|endoftext|><reflection>');
    expect(read(`${odd}<|im_end|>`)).toMatchObject({ text: odd, wellFormed: false });
  });

  it('takes bytes that are no text as they come', () => {
    const { text: broken, tokens } = readCompletion(Int32Array.from([0xa9 - 34, 300, 1]), tokenizer, form);
    expect(broken).not.toMatch(/\p{Surrogate}/u);
    expect(tokens.total).toBe(3);
  });
});
