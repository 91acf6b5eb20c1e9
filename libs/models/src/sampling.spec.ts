import { Checkpoints, refusal } from '../test/checkpoint';
import { type GenerationConfig, readGenerationConfig } from './checkpoint/generation-config';
import { DEFAULT_MAX_NEW_TOKENS, resolveSampling } from './sampling';

const checkpoints = new Checkpoints();
afterAll(() => checkpoints.dispose());
const read = (generation: object): Promise<GenerationConfig> =>
  readGenerationConfig(checkpoints.make({ 'tokenizer.json': null, 'generation_config.json': generation }));

const plain = { temperature: 1, topP: 1, topK: 0, maxNewTokens: DEFAULT_MAX_NEW_TOKENS, stop: [], seed: 0 };

describe('resolveSampling', () => {
  it('is the plain distribution where nobody says anything', () => expect(resolveSampling()).toEqual(plain));

  it('takes what the checkpoint says, and the request before it', async () => {
    const config = await read({ do_sample: true, temperature: 0.7, top_p: 0.8, top_k: 20, max_new_tokens: 64 });
    const expected = { ...plain, temperature: 0.7, topP: 0.8, topK: 20, maxNewTokens: 64 };
    expect(resolveSampling({}, config)).toEqual(expected);
    const options = { temperature: 1, topP: 1, topK: 0, maxNewTokens: 8, stop: ['</answer>'], seed: 7 };
    expect(resolveSampling(options, config)).toEqual(options);
    expect(resolveSampling({ temperature: 0 }, config)).toEqual({ ...expected, temperature: 0 });
  });

  it('is greedy for a checkpoint that does not sample, or does at no temperature', async () => {
    expect(resolveSampling({}, await read({ temperature: 0.7 })).temperature).toBe(0);
    expect(resolveSampling({}, await read({ do_sample: true, temperature: 1e-6 })).temperature).toBe(0);
    expect(resolveSampling({ temperature: 1 }, await read({ do_sample: false })).temperature).toBe(1);
  });
});

describe('readGenerationConfig', () => {
  it('names what it leaves unheeded and would change the distribution', async () => {
    const { ignored } = await read({
      repetition_penalty: 1.05,
      min_p: 0,
      num_beams: 1,
      typical_p: null,
      bos_token_id: 1,
    });
    expect(ignored).toEqual({ repetition_penalty: 1.05 });
  });

  it('refuses values of the wrong type or range', async () => {
    for (const [name, value] of Object.entries({
      top_p: 2,
      top_k: -1,
      temperature: '1',
      do_sample: 1,
      eos_token_id: [1.5],
    })) {
      const error = await refusal(() => read({ [name]: value }));
      expect([error.code, error.details[0]?.field]).toEqual(['UNPROCESSABLE', name]);
    }
  });
});
