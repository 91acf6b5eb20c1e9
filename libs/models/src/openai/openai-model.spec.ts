import { asking, Endpoints, refused } from '../../test/endpoints';
import type { TokenPiece } from '../vision-language-model';

let endpoints: Endpoints;
beforeEach(() => void (endpoints = new Endpoints()));
afterEach(() => endpoints[Symbol.asyncDispose]());

describe('OpenaiModel', () => {
  it('asks for what the request says, and leaves out what it does not', async () => {
    const fake = await endpoints.answering('Hello there.');
    const model = await endpoints.model(fake);
    expect(model.describe()).toEqual({ backend: 'openai', model: 'tiny', hash: null });
    const sampling = { temperature: 0.7, topP: 0.9, topK: 0, maxNewTokens: 50, seed: 11, stop: ['END'] };
    const { completions, usage } = await model.generate({ ...asking('Hi'), sampling });
    expect(completions).toEqual([{ text: 'Hello there.', finishReason: 'stop' }]);
    expect(usage?.completionTokens).toBe(2);
    await model.generate(asking('Hi'));
    expect(fake.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/chat/completions']);
    expect(fake.requests.map(({ body }) => body as unknown)).toEqual([
      {
        model: 'tiny',
        messages: [{ role: 'user', content: 'Hi' }],
        max_tokens: 50,
        temperature: 0.7,
        top_p: 0.9,
        top_k: -1,
        seed: 11,
        stop: ['END'],
      },
      { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1024 },
    ]);
  });

  it('keeps the query of the address, and adds no second slash', async () => {
    const fake = await endpoints.answering('x');
    const model = await endpoints.model({ url: `${fake.url}/?api-version=3` });
    await model.generate(asking('Hi'));
    expect(fake.requests[0]?.path).toBe('/v1/chat/completions?api-version=3');
  });

  it.each(['never', 'always'])(
    'gives thinking, ends and log-probabilities apart from the text (stream %s)',
    async (stream) => {
      const fake = await endpoints.answering(
        { text: 'It is B.', reasoning: 'First the man runs.', logprobs: [-0.5, -0.25, 0], finish: 'length' },
        { fault: stream === 'never' ? 'filtered' : 'endless' },
      );
      const model = await endpoints.model(fake, `?stream=${stream}&logprobs=true`);
      const { completions } = await model.generate(asking('Hi'));
      expect(completions).toEqual([
        {
          text: 'It is B.',
          reasoning: 'First the man runs.',
          finishReason: 'length',
          ...(stream === 'never' ? { logprobs: [-0.5, -0.25, 0] } : {}),
        },
      ]);
      expect(fake.requests[0]?.body).toMatchObject({ logprobs: true });
    },
  );

  it('tells what was filtered or refused', async () => {
    const fake = await endpoints.answering({ fault: 'filtered' }, { fault: 'refused' });
    const model = await endpoints.model(fake);
    expect((await model.generate(asking('Hi'))).completions).toEqual([{ text: 'So', finishReason: 'filtered' }]);
    expect((await model.generate(asking('Hi'))).completions).toEqual([{ text: '', finishReason: 'filtered' }]);
  });

  it('streams several completions', async () => {
    const fake = await endpoints.answering({ text: 'One two  three.', reasoning: 'Hm.' });
    const model = await endpoints.model(fake);
    const pieces: TokenPiece[] = [];
    const onToken = (piece: TokenPiece): void => void pieces.push(piece);
    const { completions, usage } = await model.generate({ ...asking('Hi'), n: 2 }, { onToken });
    expect(completions).toEqual([
      { text: 'One two  three.', finishReason: 'stop', reasoning: 'Hm.' },
      { text: 'One two  three.', finishReason: 'stop', reasoning: 'Hm.' },
    ]);
    expect(usage?.completionTokens).toBe(6);
    for (const index of [0, 1]) {
      const own = pieces.filter((piece) => piece.index === index).map(({ text }) => text);
      expect(own.join('')).toBe('One two  three.');
      expect(own.length).toBeGreaterThan(1);
    }
  });

  it('stops at more stop texts than endpoints take', async () => {
    const fake = await endpoints.answering('one two three four');
    const model = await endpoints.model(fake);
    const stop = ['a1', 'a2', 'a3', 'a4', ' three'];
    for (const onToken of [undefined, () => undefined]) {
      const { completions } = await model.generate({ ...asking('Hi'), sampling: { stop } }, onToken && { onToken });
      expect(completions).toEqual([{ text: 'one two', finishReason: 'stop' }]);
    }
    expect(fake.requests[0]?.body).toMatchObject({ stop: stop.slice(0, 4) });
  });

  it('bounds an answer that does not keep to its length', async () => {
    const fake = await endpoints.answering({ fault: 'endless' });
    const model = await endpoints.model(fake);
    const sampling = { maxNewTokens: 10 };
    for (const onToken of [undefined, () => undefined]) {
      const { completions } = await model.generate({ ...asking('Hi'), sampling }, onToken && { onToken });
      expect(completions[0]?.finishReason).toBe('length');
      expect(completions[0]?.text.length).toBe(10 * 32 + 256);
    }
    const huge = await endpoints.answering({ status: 200, body: JSON.stringify('x'.repeat(4 * 2 ** 20)) });
    const error = await refused((await endpoints.model(huge)).generate({ ...asking('Hi'), sampling }));
    expect(error).toMatchObject({ code: 'UNPROCESSABLE', details: [{ field: 'answer' }] });
    expect(huge.load.total).toBe(1);
  });

  it.each(['never', 'always'])(
    'draws one by one what an endpoint does not give at once (stream %s)',
    async (stream) => {
      // As transformers serve: one choice, and no mark at the end of a stream.
      const reply = ({ body }: { body: { seed: number } }): string => `seed ${body.seed}`;
      const ignoring = await endpoints.start({ reply, choices: 1, endMark: false });
      const model = await endpoints.model(ignoring, `?stream=${stream}`);
      const request = { ...asking('Hi'), n: 3, sampling: { seed: 5 } };
      const { completions } = await model.generate(request);
      expect(completions).toHaveLength(3);
      expect(completions[0]?.text).toBe('seed 5');
      expect(new Set(completions.map(({ text }) => text)).size).toBe(3);
      expect(ignoring.requests.map(({ body }) => body.n as unknown)).toEqual([3, undefined, undefined]);
      expect((await model.generate(request)).completions).toEqual(completions);
      expect(ignoring.requests.slice(3).map(({ body }) => body.n as unknown)).toEqual([
        undefined,
        undefined,
        undefined,
      ]);

      const body = JSON.stringify({ error: { message: "Invalid 'n': only 1 is supported", param: 'n' } });
      const refusing = await endpoints.start({
        reply: (received) => (received.body.n === undefined ? 'yes' : { status: 400, body }),
      });
      expect((await (await endpoints.model(refusing)).generate(request)).completions).toHaveLength(3);
      expect(refusing.load.total).toBe(4);
    },
  );

  it('learns what an endpoint calls things', async () => {
    const fake = await endpoints.start({
      reply: ({ body }) => {
        const error = (message: string) => ({ status: 400, body: JSON.stringify({ error: { message } }) });
        if ('max_tokens' in body) return error("Unsupported parameter: use 'max_completion_tokens' instead.");
        if ('stream_options' in body) return error('Unrecognized request argument supplied: stream_options');
        return 'fine';
      },
    });
    const model = await endpoints.model(fake, '?stream=always');
    expect((await model.generate(asking('Hi'))).completions[0]?.text).toBe('fine');
    await model.generate(asking('Hi'));
    expect(fake.load.total).toBe(4);
    expect(fake.requests[3]?.body).toMatchObject({ max_completion_tokens: 1024, stream: true });
  });

  it('asks for the form of an answer as far as the endpoint takes it, many requests at once too', async () => {
    const responseSchema = { name: 'marks', schema: { type: 'object' } };
    const formOf = (body: { response_format?: { type: string } }): string => body.response_format?.type ?? 'none';
    const taking = (forms: string[]): ReturnType<Endpoints['start']> =>
      endpoints.start({
        latencyMs: 20,
        reply: ({ body }) =>
          forms.includes(formOf(body as object)) ? 'fine' : { status: 400, body: '{"message":"response_format?"}' },
      });
    for (const forms of [['json_schema', 'none'], ['json_object', 'none'], ['none']]) {
      const fake = await taking(forms);
      const model = await endpoints.model(fake);
      const ask = (): Promise<unknown> => model.generate({ ...asking('Hi'), responseSchema });
      await Promise.all([ask(), ask(), ask()]);
      await ask();
      expect(formOf(fake.requests.at(-1)?.body as object)).toBe(forms[0]);
      await model.generate(asking('Hi'));
      expect(formOf(fake.requests.at(-1)?.body as object)).toBe('none');
    }
    const fake = await taking(['json_schema']);
    await (await endpoints.model(fake)).generate({ ...asking('Hi'), responseSchema });
    expect(fake.requests[0]?.body).toMatchObject({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'marks', schema: { type: 'object' }, strict: true },
      },
    });
  });

  it.each(['never', 'always'])('tells who answered, as the endpoint says (stream %s)', async (stream) => {
    const fake = await endpoints.answering('Yes.');
    const model = await endpoints.model(fake, `?stream=${stream}`);
    expect((await model.generate(asking('Hi'))).servedBy).toBe('tiny');
  });

  it('keeps as many requests under way as it may, and no more', async () => {
    const fake = await endpoints.start({ reply: () => 'x', latencyMs: 20 });
    const model = await endpoints.model(fake, '?concurrency=7');
    const work = Array.from({ length: 40 }, () => model.generate(asking('Hi')));
    expect(model.load.inside + model.load.waiting).toBeLessThanOrEqual(40);
    await Promise.all(work);
    expect(fake.load).toMatchObject({ total: 40, most: 7, now: 0 });
    expect(model.load).toEqual({ inside: 0, waiting: 0 });
  });

  it('ends when it is told to, at every stage', async () => {
    const fake = await endpoints.answering({ fault: 'silent' });
    const model = await endpoints.model(fake, '?concurrency=1');
    const controllers = [new AbortController(), new AbortController()];
    const drawing = controllers.map(({ signal }) => refusedWith(model.generate(asking('Hi'), { signal })));
    controllers[1]?.abort(new Error('in the line'));
    expect(await drawing[1]).toBe('in the line');
    controllers[0]?.abort(new Error('under way'));
    expect(await drawing[0]).toBe('under way');
    const last = refused(model.generate(asking('Hi')));
    await model[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
    expect(await last).toMatchObject({ code: 'CANCELLED' });
    expect(await refused(model.generate(asking('Hi')))).toMatchObject({ code: 'CANCELLED' });
  });

  it('passes on what onToken throws, and asks no more', async () => {
    const fake = await endpoints.answering('one two');
    const model = await endpoints.model(fake);
    const onToken = (): void => {
      throw new Error('the screen is full');
    };
    expect(await refusedWith(model.generate(asking('Hi'), { onToken }))).toBe('the screen is full');
    expect(fake.load.total).toBe(1);
  });
});

async function refusedWith(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing',
    (error: Error) => error.message,
  );
}
