import { configJson, distance, Reference, rejection } from '../test/reference';
import { type GenerateRequest, Model, type TokenBatch } from '.';

describe('generating', () => {
  it.each(['tied-gqa2-small-windows', 'text-only', 'published-layout'])(
    'gives the tokens and log-probabilities of the reference %s',
    async (name) => {
      const reference = new Reference(name);
      const { generation, inputs } = reference;
      await using model = await reference.load();
      const prompts = await reference.generationPrompts();
      const completions = await model.generate(
        prompts.map((prompt) => ({ prompt, seeds: [0] })),
        {
          temperature: 0,
          maxNewTokens: generation.max_new_tokens,
          stopTokens: generation.eos_token_ids,
          suppressed: generation.suppress_tokens,
          mrope: inputs.mrope,
        },
      );
      expect(completions).toHaveLength(prompts.length);
      generation.prompts.forEach((expected, i) => {
        const [completion] = completions[i] ?? [];
        expect(Array.from(completion?.ids ?? [])).toEqual(expected.tokens);
        expect(completion?.finish).toBe(expected.finish);
        expect(distance(completion?.logprobs ?? [], expected.logprobs)).toBeLessThan(1e-4);
      });
    },
  );

  describe('with a random model', () => {
    const prompt = { ids: [5, 6, 7] };
    let model: Model;
    beforeAll(async () => {
      model = await Model.random({ json: configJson() }, { seed: 3 });
    });
    afterAll(() => model.dispose());

    it('depends on the seed alone, not on what else is in the batch', async () => {
      const seeds = [1n, 2, 2n ** 64n - 1n, 1];
      const [together = []] = await model.generate([{ prompt, seeds }], { maxNewTokens: 12 });
      const [alone = []] = await model.generate([{ prompt, seeds: [2] }], { maxNewTokens: 12 });
      const ids = together.map((completion) => Array.from(completion.ids));
      expect(ids[0]).toEqual(ids[3]);
      expect(ids[0]).not.toEqual(ids[1]);
      expect(ids[1]).not.toEqual(ids[2]);
      expect(Array.from(alone[0]?.ids ?? [])).toEqual(ids[1]);
    });

    it('brings every token to the callback before it ends, in the order of each sample', async () => {
      const batches: TokenBatch[] = [];
      const requests = [
        { prompt, seeds: [1, 2] },
        { prompt: { ids: Int32Array.of(9) }, seeds: [3] },
      ];
      const completions = await model.generate(
        requests,
        { maxNewTokens: 20 },
        { onTokens: (batch) => batches.push(batch) },
      );
      const streamed = completions.map((samples) =>
        samples.map(() => ({ ids: [] as number[], logprobs: [] as number[] })),
      );
      for (const { requests: request, samples, ids, logprobs } of batches) {
        ids.forEach((id, i) => {
          const to = streamed[request[i] ?? -1]?.[samples[i] ?? -1];
          to?.ids.push(id);
          to?.logprobs.push(logprobs[i] ?? NaN);
        });
      }
      expect(streamed).toEqual(
        completions.map((samples) =>
          samples.map(({ ids, logprobs }) => ({ ids: Array.from(ids), logprobs: Array.from(logprobs) })),
        ),
      );
    });

    it('ends each sample at its own limit', async () => {
      const [samples = []] = await model.generate([{ prompt, seeds: [1, 2, 3], limits: [4, 1, 9] }], {
        maxNewTokens: 9,
      });
      const [free = []] = await model.generate([{ prompt, seeds: [1] }], { maxNewTokens: 9 });
      expect(samples.map(({ ids }) => ids.length)).toEqual([4, 1, 9]);
      expect(samples.map(({ finish }) => finish)).toEqual(['length', 'length', 'length']);
      // The others' ends change nothing about what is sampled until then.
      expect(Array.from(samples[0]?.ids ?? [])).toEqual(Array.from(free[0]?.ids ?? []).slice(0, 4));
    });

    it('rejects with what the callback throws', async () => {
      const thrown = new Error('the reader has gone');
      const error = await rejection(
        model.generate(
          [{ prompt, seeds: [1] }],
          { maxNewTokens: 8000 },
          {
            onTokens: () => {
              throw thrown;
            },
          },
        ),
      );
      expect(error).toBe(thrown);
    });

    it.each([
      [{ maxNewTokens: -1 }, 'Expected integer from 1 to 2147483647 for maxNewTokens but received -1 of type number'],
      [{ maxNewTokens: 1.5 }, 'Expected integer from 1 to 2147483647 for maxNewTokens but received 1.5 of type number'],
      [{ topK: -3 }, 'Expected integer from 0 to 2147483647 for topK but received -3 of type number'],
      [{ temperature: NaN }, 'Expected a finite number for temperature but received NaN of type number'],
      [
        { stopTokens: [1, -2] },
        'Expected a token id from 0 to 2147483647 for stopTokens[1] but received -2 of type number',
      ],
      [{ topP: 0 }, 'top_p: expected'],
      [{ topK: 2 ** 31 }, 'Expected integer from 0 to 2147483647 for topK but received 2147483648'],
      [{ temperature: -1 }, 'temperature: expected 0, or a number from 1e-06 to 1e+06, received -1'],
      [{ temperature: 1e-40 }, 'temperature: expected 0, or a number from 1e-06'],
    ])('refuses %j', async (sampling, message) => {
      const error = await rejection(model.generate([{ prompt, seeds: [1] }], sampling));
      expect(error).toMatchObject({ name: 'NativeError', code: 'INVALID_ARGUMENT' });
      expect(error).toHaveProperty('message', expect.stringContaining(message));
    });

    it.each([
      [{ prompt: { ids: [] }, seeds: [1] }, 'prompt.ids'],
      [{ prompt: { ids: [1, 128] }, seeds: [1] }, 'ids[1]: expected a token id from 0 to 127, received 128'],
      [{ prompt: { ids: [0.5] }, seeds: [1] }, 'requests[0].prompt.ids[0]'],
      [{ prompt, seeds: [] }, 'seeds'],
      [{ prompt, seeds: [-1] }, 'requests[0].seeds[0]'],
      [{ prompt, seeds: [2n ** 64n] }, 'requests[0].seeds[0]'],
      [{ prompt, seeds: [1, 2], limits: [1] }, 'requests[0].limits: expected 2, one for each seed, received 1'],
      [{ prompt, seeds: [1], limits: [1.5] }, 'requests[0].limits[0]'],
      [{ prompt, seeds: [1], limits: [2] }, 'requests[0].limits[0]: expected an integer from 1 to max_new_tokens'],
      [
        { prompt: { ids: [112, 111, 113] }, seeds: [1] },
        'vision spans: expected one for each run of pad tokens, received 0',
      ],
    ])('refuses the request %#', async (request, message) => {
      const error = await rejection(model.generate([request], { maxNewTokens: 1 }));
      expect(error).toMatchObject({ name: 'NativeError', code: 'INVALID_ARGUMENT' });
      expect(error).toHaveProperty('message', expect.stringContaining(message));
    });

    it.each<[unknown, string]>([
      [null, 'an array for requests but received null'],
      [[{ prompt: null, seeds: [1] }], 'an object for requests[0].prompt but received null'],
      [[{ prompt }], 'an array for requests[0].seeds but received undefined'],
      [[{ prompt: { ...prompt, clips: 5 }, seeds: [1] }], 'an array for requests[0].prompt.clips but received 5'],
    ])('names what JavaScript without types passes in the place of lists, %#', async (requests, message) => {
      const error = await rejection(model.generate(requests as GenerateRequest[], { maxNewTokens: 1 }));
      expect(error).toMatchObject({ name: 'NativeError', code: 'INVALID_ARGUMENT' });
      expect(error).toHaveProperty('message', expect.stringContaining(message));
    });

    it('refuses an option that there is not', async () => {
      const misspelt: object = { maxTokens: 5 };
      const error = await rejection(model.generate([{ prompt, seeds: [1] }], misspelt));
      expect(error).toHaveProperty('message', expect.stringContaining('received the field maxTokens'));
    });

    it('shows where the call was made in the stack of an error from another thread', async () => {
      const error = await rejection(model.generate([{ prompt: { ids: [999] }, seeds: [1] }]));
      const [first, second] = (error as Error).stack?.split('\n') ?? [];
      expect(first).toContain('NativeError: requests[0].prompt.ids[0]');
      expect(second).toContain('generate.spec.ts');
    });
  });
});
