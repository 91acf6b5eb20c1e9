import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Model } from '@srvau/native';
import { referenceCheckpoint } from '../../test/tiny-model';
import { resolveSampling } from '../sampling';
import type { TokenPiece } from '../vision-language-model';
import { complete, seedOf } from './complete';

interface GenerateReference {
  max_new_tokens: number;
  eos_token_ids: number[];
  prompts: { sequence: number; length: number; tokens: number[]; logprobs: number[]; finish: string }[];
}

const dir = referenceCheckpoint('text-only');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(dir, name), 'utf8')) as T;
const { sequences } = read<{ sequences: { ids: number[] }[] }>('inputs.json');
const reference = read<GenerateReference>('generate.json');
const promptOf = ({ sequence, length }: { sequence: number; length: number }): number[] =>
  sequences[sequence]?.ids.slice(0, length) ?? [];
const [first] = reference.prompts;
const ids = first === undefined ? [] : promptOf(first);

let model: Model;
beforeAll(async () => (model = await Model.load(dir)));
afterAll(() => model.dispose());

describe('complete', () => {
  it('draws the greedy tokens of transformers', async () => {
    const sampling = resolveSampling({ temperature: 0, maxNewTokens: reference.max_new_tokens });
    for (const prompt of reference.prompts) {
      const stopTokens = reference.eos_token_ids;
      const [completion] = await complete(model, { ids: promptOf(prompt) }, { n: 1, sampling, stopTokens });
      expect(completion?.tokenIds).toEqual(prompt.tokens);
      expect(completion?.finishReason).toBe(prompt.finish);
      for (const [i, logprob] of prompt.logprobs.entries()) expect(completion?.logprobs?.[i]).toBeCloseTo(logprob, 4);
    }
  });

  it('draws completion i of a seed whatever n is', async () => {
    const sampling = resolveSampling({ temperature: 1, maxNewTokens: 12, seed: 3 });
    const [three, one] = await Promise.all([
      complete(model, { ids }, { n: 3, sampling, stopTokens: [] }),
      complete(model, { ids }, { n: 1, sampling, stopTokens: [] }),
    ]);
    expect(three[0]?.tokenIds).toEqual(one[0]?.tokenIds);
    expect(new Set(three.map(({ tokenIds }) => String(tokenIds))).size).toBe(3);
  });

  it("tells the model's own log-probabilities at any temperature", async () => {
    const at = async (temperature: number): Promise<{ pieces: TokenPiece[]; logprobs: readonly number[] }> => {
      const pieces: TokenPiece[] = [];
      const sampling = resolveSampling({ temperature, maxNewTokens: 8, topK: 1 });
      const onToken = (piece: TokenPiece): void => void pieces.push(piece);
      const [completion] = await complete(model, { ids }, { n: 1, sampling, stopTokens: [], onToken });
      expect(pieces.map(({ tokenId }) => tokenId)).toEqual(completion?.tokenIds);
      return { pieces, logprobs: completion?.logprobs ?? [] };
    };
    const [plain, hot] = [await at(1), await at(2.5)];
    expect(hot.logprobs).toHaveLength(8);
    for (const [i, logprob] of hot.logprobs.entries()) expect(logprob).toBeCloseTo(plain.logprobs[i] ?? NaN, 4);
    expect(plain.pieces.map(({ logprob }) => logprob)).toEqual(plain.logprobs);
    expect(hot.pieces.every(({ logprob }) => logprob === undefined)).toBe(true);
  });

  it('stops when it is told to, and by what the callback throws', async () => {
    const sampling = resolveSampling({ temperature: 1, maxNewTokens: 4000 });
    const controller = new AbortController();
    const drawing = complete(model, { ids }, { n: 2, sampling, stopTokens: [], signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(drawing).rejects.toThrow('enough');
    const onToken = (): never => {
      throw new Error('no more');
    };
    await expect(complete(model, { ids }, { n: 1, sampling, stopTokens: [], onToken })).rejects.toThrow('no more');
  });

  it('refuses what the model cannot take', async () => {
    const sampling = resolveSampling({ temperature: 0 });
    await expect(complete(model, { ids: [] }, { n: 1, sampling, stopTokens: [] })).rejects.toMatchObject({
      name: 'SrvauError',
      code: 'INVALID_REQUEST',
    });
  });
});

it('seeds differ where seed or index do', () => {
  const seeds = [0, 1, 2].flatMap((seed) => [0, 1, 2].map((index) => seedOf(seed, index)));
  expect(new Set(seeds).size).toBe(9);
  expect(seeds.every((seed) => seed >= 0n && seed < 2n ** 64n)).toBe(true);
});
