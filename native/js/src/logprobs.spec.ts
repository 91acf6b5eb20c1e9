import { configJson, distance, Reference, rejection } from '../test/reference';
import { Model } from '.';

describe('log-probabilities', () => {
  it.each(['tied-gqa2-small-windows', 'untied-mha-large-windows', 'untied-gqa4-several-videos', 'text-only'])(
    'of every token are those of the reference %s, in any batching',
    async (name) => {
      const reference = new Reference(name);
      await using model = await reference.load();
      const prompts = await reference.prompts();
      for (const maxTokensPerBatch of [0, 40]) {
        const scores = await model.logprobs(
          prompts.map((prompt) => ({ prompt, completions: [] })),
          { scope: 'everything', mrope: reference.inputs.mrope, maxTokensPerBatch },
        );
        scores.forEach(({ prompt }, i) => {
          // The reference has a 0 for the first token.
          expect(distance(prompt?.logprobs ?? [], reference.expected(`logprobs.${i}`).slice(1))).toBeLessThan(1e-4);
        });
      }
    },
  );

  it('of completions are those that generating them gave, and of a mapped model the same', async () => {
    const reference = new Reference('tied-gqa2-small-windows');
    await using model = await reference.load();
    await using mapped = await Model.map(reference.dir);
    const [prompt] = await reference.generationPrompts();
    if (prompt === undefined) throw new Error('no prompt');
    const sampling = { temperature: 0.7, maxNewTokens: 10, mrope: reference.inputs.mrope };
    const [samples = []] = await model.generate([{ prompt, seeds: [1, 2, 3] }], sampling);
    const groups = [{ prompt, completions: samples.map((sample) => sample.ids) }];
    for (const scorer of [model, mapped]) {
      const [scores] = await scorer.logprobs(groups, { temperature: 0.7, mrope: reference.inputs.mrope });
      expect(scores?.prompt).toBeNull();
      samples.forEach((sample, i) => {
        expect(distance(scores?.completions[i]?.logprobs ?? [], sample.logprobs)).toBeLessThan(1e-4);
        expect(Math.min(...(scores?.completions[i]?.entropies ?? [NaN]))).toBeGreaterThan(0);
      });
    }
    expect(mapped.info.mapped).toBe(true);
    expect(model.info.mapped).toBe(false);
  });

  it('of a single token are none', async () => {
    await using model = await Model.random({ json: configJson() }, { seed: 1 });
    const [scores] = await model.logprobs([{ prompt: { ids: [4] }, completions: [] }], { scope: 'everything' });
    expect(scores?.prompt?.logprobs).toHaveLength(0);
    expect(scores?.completions).toEqual([]);
  });

  it('refuse a completion that holds a suppressed token, and an empty one', async () => {
    await using model = await Model.random({ json: configJson() }, { seed: 1 });
    const prompt = { ids: [4] };
    const suppressed = await rejection(model.logprobs([{ prompt, completions: [[7]] }], { suppressed: [7] }));
    expect(suppressed).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const empty = await rejection(model.logprobs([{ prompt, completions: [[]] }]));
    expect(empty).toHaveProperty('message', expect.stringContaining('completions[0]'));
  });
});
