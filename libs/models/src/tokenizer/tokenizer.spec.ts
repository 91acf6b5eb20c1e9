import { Checkpoints, reference, refusal, tinyTokenizer, type TinyTokenizer } from '../../test/checkpoint';
import { Tokenizer } from './tokenizer';
import { readTokenizerFiles } from './tokenizer-files';

const checkpoints = new Checkpoints();
afterAll(() => checkpoints.dispose());
const tiny = (change?: (json: TinyTokenizer) => void, more: Record<string, object> = {}): string =>
  checkpoints.make({ 'tokenizer.json': tinyTokenizer(change), 'tokenizer_config.json': null, ...more });

describe('the Qwen2.5 tokenizer', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await Tokenizer.load(
      checkpoints.make({ 'generation_config.json': { eos_token_id: [151_645, 151_643], pad_token_id: 151_643 } }),
    );
  });

  it('encodes as transformers does', () => {
    for (const { text, ids } of reference().encode)
      expect({ text, ids: tokenizer.encode(text) }).toEqual({ text, ids });
  });

  it('decodes as transformers does, whole and token by token', () => {
    for (const { ids, text, without_special } of reference().decode) {
      for (const [skipSpecialTokens, expected] of [
        [false, text],
        [true, without_special],
      ] as const) {
        expect(tokenizer.decode(ids, { skipSpecialTokens })).toBe(expected);
        const stream = tokenizer.streamDecoder({ skipSpecialTokens });
        expect(ids.map((id) => stream.push(id)).join('') + stream.end()).toBe(expected);
      }
    }
  });

  it('streams whole characters only', () => {
    const text = 'a👩‍👩‍👧é异常🇩🇪';
    const stream = tokenizer.streamDecoder();
    const pieces = tokenizer.encode(text).map((id) => stream.push(id));
    expect(pieces).toContain('');
    for (const piece of pieces) expect(piece).not.toContain('\ufffd');
    expect(pieces.join('')).toBe(text);
    expect(stream.end()).toBe('');

    const [first] = tokenizer.encode('𓀀');
    expect([stream.push(first ?? -1), stream.end(), stream.push(64), stream.end()]).toEqual(['', '\ufffd', 'a', '']);
  });

  it('keeps a byte order mark and takes lone surrogates for U+FFFD', () => {
    expect(tokenizer.decode(tokenizer.encode('\ufeffa'))).toBe('\ufeffa');
    expect(tokenizer.encode('a\ud800b\udc00')).toEqual(tokenizer.encode('a\ufffdb\ufffd'));
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.encode('')).toEqual([]);
  });

  it('knows ids by name, and what ends and pads a completion', async () => {
    expect(tokenizer.idOf('<|video_pad|>')).toBe(151_656);
    expect(tokenizer.tokenOf(151_644)).toBe('<|im_start|>');
    expect([tokenizer.isSpecial(151_645), tokenizer.isSpecial(tokenizer.idOf('<tool_call>'))]).toEqual([true, false]);
    expect([tokenizer.eosIds, tokenizer.padId, tokenizer.vocabSize]).toEqual([[151_645, 151_643], 151_643, 151_665]);
    expect(tokenizer.namedTokens).toEqual({ eos_token: '<|im_end|>', pad_token: '<|endoftext|>' });
    const error = await refusal(() => tokenizer.idOf('<|audio_pad|>'));
    expect([error.code, error.details[0]?.expected]).toEqual(['UNPROCESSABLE', 'the token <|audio_pad|>']);
  });

  // Work that grew with the square of the text would not end before the suite's limit.
  it.each([
    ['letters', 'a'.repeat(1_000_000)],
    ['spaces before a letter', ' '.repeat(1_000_000) + 'a'],
    ['ideographs', '中'.repeat(333_333)],
    ['combining marks', 'e' + '\u0301'.repeat(500_000)],
    ['lone surrogates', '\ud800'.repeat(333_333)],
    ['tags', '<think>'.repeat(140_000)],
  ])('encodes 1 MB of %s', (_, text) => {
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(Buffer.from(text.normalize('NFC')).toString());
  });
});

describe('a tokenizer', () => {
  it('merges in the order of ranks, then from left to right', async () => {
    const tokenizer = await Tokenizer.load(tiny());
    const tokens = (text: string): (string | undefined)[] => tokenizer.encode(text).map((id) => tokenizer.tokenOf(id));
    expect(tokens('abc')).toEqual(['abc']);
    expect(tokens('ababcc')).toEqual(['ab', 'abc', 'c']);
    expect(tokens('x<note>b<|end|>')).toEqual(['x', '<note>', 'b', '<|end|>']);
  });

  it('reads merges as pairs too, and tokens that only tokenizer_config.json adds', async () => {
    const dir = tiny((json) => (json.model.merges = [['b', 'c']]), {
      'tokenizer_config.json': {
        added_tokens_decoder: { '310': { content: '<|late|>', special: false }, '300': { content: '<|end|>' } },
        extra_special_tokens: ['<|late|>'],
        eos_token: { content: '<|end|>' },
      },
    });
    const tokenizer = await Tokenizer.load(dir);
    expect(tokenizer.encode('bc<|late|>')).toEqual([258, 310]);
    expect(tokenizer.decode([310, 300], { skipSpecialTokens: true })).toBe('');
    expect([tokenizer.eosIds, tokenizer.padId, tokenizer.vocabSize]).toEqual([[300], undefined, 311]);
  });

  it('takes end tokens from generation_config.json, else config.json, else its own', async () => {
    const own = { 'tokenizer_config.json': { eos_token: '<|end|>' } };
    const eosOf = async (files: Record<string, object>): Promise<readonly number[]> =>
      (await Tokenizer.load(tiny(undefined, { ...own, ...files }))).eosIds;
    const config = { 'config.json': { text_config: { eos_token_id: 302 } } };
    expect(await eosOf({ ...config, 'generation_config.json': { eos_token_id: 301 } })).toEqual([301]);
    expect(await eosOf({ ...config, 'generation_config.json': { eos_token_id: [301, 300] } })).toEqual([301, 300]);
    expect(await eosOf({ ...config, 'generation_config.json': {} })).toEqual([302]);
    expect(await eosOf({})).toEqual([300]);
  });

  it.each<[string, (json: TinyTokenizer) => void]>([
    ['model.type', (json) => (json.model['type'] = 'Unigram')],
    ['model.byte_fallback', (json) => (json.model['byte_fallback'] = true)],
    ['decoder.type', (json) => (json.decoder['type'] = 'Metaspace')],
    ['model.vocab', (json) => (json.model.vocab['a'] = -1)],
    ['model.vocab', (json) => (json.model.vocab['a'] = 3)],
    ['model.vocab, byte 97', (json) => Reflect.deleteProperty(json.model.vocab, 'a')],
    ['model.merges[1]', (json) => (json.model.merges[1] = 'a')],
    ['model.merges[3]', (json) => json.model.merges.push('x y')],
    ['added_tokens', (json) => json.added_tokens.push({ content: '<x>' })],
    ['added token <note>', (json) => json.added_tokens.push({ content: '<note>', id: 309 })],
    ['tokenizer.json', (json) => (json.pre_tokenizer = { type: 'Unheard' })],
  ])('that cannot be used is refused by the field: %s', async (field, change) => {
    const error = await refusal(() => Tokenizer.load(tiny(change)));
    expect(error.code).toBe('UNPROCESSABLE');
    expect(error.details[0]?.field).toContain(field);
  });

  it('that is missing or no JSON is refused by the file', async () => {
    const missing = await refusal(() => Tokenizer.load(checkpoints.make({ 'tokenizer.json': null })));
    expect(missing.message).toMatch(/tokenizer\.json: expected the tokenizer of the checkpoint, received nothing/);
    for (const text of ['{', '[]', 'null']) {
      expect((await refusal(() => Tokenizer.load(checkpoints.make({ 'tokenizer.json': text })))).code).toBe(
        'UNPROCESSABLE',
      );
    }
    const eos = tiny(undefined, { 'generation_config.json': { eos_token_id: ['<|end|>'] } });
    expect((await refusal(() => Tokenizer.load(eos))).details[0]?.field).toBe('eos_token_id');
  });

  it('decodes nothing but ids', async () => {
    const tokenizer = await Tokenizer.load(tiny());
    for (const id of [-1, 0.5, Number.NaN])
      expect((await refusal(() => tokenizer.decode([id]))).code).toBe('INVALID_REQUEST');
  });
});

it('does not wait for a pattern of the checkpoint that comes to no end', async () => {
  const catastrophic = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
  const files = await readTokenizerFiles(
    tiny((json) => (json.pre_tokenizer = { type: 'Sequence', pretokenizers: [catastrophic, byteLevel] })),
  );
  const tokenizer = new Tokenizer(files, 200);
  expect(tokenizer.encode('abc')).not.toHaveLength(0);
  const error = await refusal(() => tokenizer.encode(`${'a'.repeat(40)}b`));
  expect(error.code).toBe('UNPROCESSABLE');
  expect(error.message).toContain('tokenizer.json: expected a tokenizer that splits 41 characters within 205 ms');
});
