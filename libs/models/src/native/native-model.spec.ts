import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ChatMessage } from '@srvau/contracts';
import { Checkpoints, refusal } from '../../test/checkpoint';
import { clip, makeTinyModel } from '../../test/tiny-model';
import { openModel } from '../open-model';
import { Tokenizer } from '../tokenizer/tokenizer';
import type { TokenPiece } from '../vision-language-model';
import { NativeModel } from './native-model';

const checkpoints = new Checkpoints();
let dir: string;
let model: NativeModel;
beforeAll(async () => {
  dir = await makeTinyModel(checkpoints);
  model = await NativeModel.load(dir);
});
afterAll(async () => {
  await model[Symbol.asyncDispose]();
  checkpoints.dispose();
});

const ask = (text: string): ChatMessage[] => [{ role: 'user', content: text }];
const show = (uri: string, options: { fps?: number; max_pixels?: number } = {}): ChatMessage[] => [
  {
    role: 'user',
    content: [
      { type: 'video', video: uri, ...options },
      { type: 'text', text: 'What happens?' },
    ],
  },
];
const uriOf = (name: string): string => pathToFileURL(clip(name)).href;
const small = { max_pixels: 28 * 28 * 12 };

describe('NativeModel', () => {
  it('answers a question, the same under the same seed', async () => {
    const request = { messages: ask('What happens?'), n: 2, sampling: { temperature: 1, maxNewTokens: 8, seed: 5 } };
    const [result, again] = [await model.generate(request), await model.generate(request)];
    expect(result.completions).toHaveLength(2);
    expect(again).toEqual(result);
    expect(result.usage?.completionTokens).toBe(
      result.completions.reduce((sum, { tokenIds = [] }) => sum + tokenIds.length, 0),
    );
    const tokenizer = await Tokenizer.load(dir);
    for (const { text, tokenIds = [], logprobs = [] } of result.completions) {
      expect(text).toBe(tokenizer.decode(tokenIds, { skipSpecialTokens: true }));
      expect(logprobs).toHaveLength(tokenIds.length);
    }
  });

  it('answers in batches as it does one by one, and names what it cannot answer at its place', async () => {
    const sampling = { temperature: 0, maxNewTokens: 8 };
    const requests = [
      { messages: show(uriOf('tree_hand'), small), sampling },
      { messages: show('file:///no/such/video.mp4'), sampling },
      { messages: ask('What happens?'), sampling: { ...sampling, temperature: 1, seed: 5 }, n: 2 },
      { messages: ask('Speak.'), sampling: { ...sampling, temperature: 1, seed: 6 } },
    ];
    const alone = await Promise.allSettled(requests.map((request) => model.generate(request)));
    const texts = (results: typeof alone): unknown[] =>
      results.map((result) =>
        result.status === 'rejected'
          ? String(result.reason)
          : [result.value.usage, result.value.completions.map(({ tokenIds, text }) => [tokenIds, text])],
      );
    const together = await model.generateBatch(requests);
    expect(texts(together)).toEqual(texts(alone));
    expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);

    await using careful = await NativeModel.load(dir, { maxBatchTokens: 1, hash: false });
    expect(texts(await careful.generateBatch(requests))).toEqual(texts(alone));
    expect(await model.generateBatch([])).toEqual([]);
  });

  it('ends a batch with its signal', async () => {
    const sampling = { temperature: 1, maxNewTokens: 400 };
    const control = new AbortController();
    const batch = model.generateBatch([{ messages: ask('Go on.'), sampling }], { signal: control.signal });
    const reason = new Error('enough');
    control.abort(reason);
    await expect(batch).rejects.toBe(reason);
  });

  it('streams the text in pieces', async () => {
    const pieces: TokenPiece[] = [];
    const onToken = (piece: TokenPiece): void => void pieces.push(piece);
    const sampling = { temperature: 1.5, maxNewTokens: 20, seed: 1 };
    const { completions } = await model.generate({ messages: ask('Speak.'), n: 2, sampling }, { onToken });
    for (const [index, { text, tokenIds }] of completions.entries()) {
      const own = pieces.filter((piece) => piece.index === index);
      expect(own.map((piece) => piece.text).join('')).toBe(text);
      expect(own.flatMap(({ tokenId }) => tokenId ?? [])).toEqual(tokenIds);
    }
  });

  it('ends at a stop text, which is not part of the text', async () => {
    const sampling = { temperature: 0, maxNewTokens: 40 };
    const whole = (await model.generate({ messages: ask('Go on.'), sampling })).completions[0];
    const text = whole?.text ?? '';
    const stop = text.slice(4, 7);
    const at = text.indexOf(stop);
    const pieces: string[] = [];
    const { completions } = await model.generate(
      { messages: ask('Go on.'), n: 2, sampling: { ...sampling, stop: [stop, 'never said'] } },
      { onToken: (piece) => void (piece.index === 0 && pieces.push(piece.text)) },
    );
    for (const completion of completions) {
      expect(completion).toMatchObject({ text: text.slice(0, at), finishReason: 'stop' });
      expect(completion.tokenIds).toEqual(whole?.tokenIds?.slice(0, completion.tokenIds?.length));
      expect(completion.tokenIds?.length).toBeLessThan(40);
    }
    expect(pieces.join('')).toBe(text.slice(0, at));
  });

  it('watches videos: frames, pixels and rate count', async () => {
    const sampling = { temperature: 0, maxNewTokens: 1 };
    const look = async (messages: ChatMessage[]): Promise<[number | undefined, number | undefined]> => {
      const { completions, usage } = await model.generate({ messages, sampling });
      return [usage?.promptTokens, completions[0]?.logprobs?.[0]];
    };
    const [tokens, logprob] = await look(show(uriOf('tree_hand'), small));
    expect(await look(show(uriOf('tree_hand'), small))).toEqual([tokens, logprob]);
    const [same, other] = await look(show(uriOf('path_walkers'), small));
    expect(same).toBe(tokens);
    expect(other).not.toBe(logprob);
    const [fewer] = await look(show(uriOf('tree_hand'), { ...small, fps: 0.5 }));
    // 6 and 3 temporal patches of 3×4 tokens at most.
    expect((tokens ?? 0) - (fewer ?? 0)).toBeGreaterThan(20);
  });

  it('reads a video anew when its file has changed', async () => {
    const file = join(dir, 'clip.mp4');
    const sampling = { temperature: 0, maxNewTokens: 1 };
    const answer = async (name: string): Promise<number | undefined> => {
      writeFileSync(file, readFileSync(clip(name)));
      const { completions } = await model.generate({ messages: show(pathToFileURL(file).href, small), sampling });
      return completions[0]?.logprobs?.[0];
    };
    const [first, second] = [await answer('tree_hand'), await answer('lawn_crossing')];
    expect(second).not.toBe(first);
    expect(await answer('tree_hand')).toBe(first);
  });

  it('names what it cannot take by its place', async () => {
    const sampling = { maxNewTokens: 1 };
    const fault = (messages: ChatMessage[]): ReturnType<typeof refusal> =>
      refusal(() => model.generate({ messages, sampling }));
    const field = 'messages[0].content[0]';
    expect(await fault(show('file:///gone.mp4'))).toMatchObject({ code: 'UNPROCESSABLE', details: [{ field }] });
    expect(await fault(show('s3://bucket/v.mp4'))).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field }] });
    const image: ChatMessage[] = [{ role: 'user', content: [{ type: 'image', image: 'file:///a.png' }] }];
    expect(await fault(image)).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field }] });
    expect(await fault(ask('word '.repeat(40_000)))).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('stops at every stage when it is told to', async () => {
    const messages = show(uriOf('tree_hand'), { fps: 2 });
    for (const afterMs of [0, 60, 400]) {
      const controller = new AbortController();
      const drawing = model.generate(
        { messages, n: 2, sampling: { temperature: 1, maxNewTokens: 20_000 } },
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(new Error(`after ${afterMs} ms`)), afterMs);
      await expect(drawing).rejects.toThrow(`after ${afterMs} ms`);
    }
  });

  it('says which checkpoint it is, wherever that lies', async () => {
    const identity = model.describe();
    expect(identity).toEqual({
      backend: 'native',
      model: 'tiny-vl',
      hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    await using same = await openModel(`native:${await makeTinyModel(checkpoints)}`);
    expect(same.describe()).toEqual(identity);
    await using other = await openModel(`native:${await makeTinyModel(checkpoints, 2)}`);
    expect(other.describe().hash).not.toBe(identity.hash);
  });

  it('ends what is under way when it is disposed, and refuses more', async () => {
    const passing = await NativeModel.load(dir, { hash: false });
    expect(passing.describe().hash).toBeNull();
    const request = { messages: ask('Go on.'), sampling: { temperature: 1, maxNewTokens: 20_000 } };
    const drawing = refusal(() => passing.generate(request));
    await Promise.all([passing[Symbol.asyncDispose](), passing[Symbol.asyncDispose]()]);
    expect(await drawing).toMatchObject({ code: 'CANCELLED' });
    expect(await refusal(() => passing.generate(request))).toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a checkpoint that does not fit', () => {
  it('is refused where it is loaded', async () => {
    expect(await refusal(() => NativeModel.load(join(dir, 'none')))).toMatchObject({ code: 'UNPROCESSABLE' });
    const config = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as Record<string, unknown>;
    const changed = checkpoints.make({
      'config.json': { ...config, video_token_id: 151_650 },
      'chat_template.jinja': readFileSync(join(dir, 'chat_template.jinja'), 'utf8'),
    });
    writeFileSync(join(changed, 'model.safetensors'), readFileSync(join(dir, 'model.safetensors')));
    expect((await refusal(() => NativeModel.load(changed))).message).toMatch(/video_token_id.*151656.*151650/);
  });
});
