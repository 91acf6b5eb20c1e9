import type { GrpoConfig } from '@srvau/contracts';
import { type ChatPrompt, nativeCall, type Tokenizer } from '@srvau/models';
import type { GenerateRequest, Model, SamplingOptions } from '@srvau/native';
import type { TrainingItem } from '../../data/training-item';
import { type CompletionText, readCompletion } from './read-completion';
import { rolloutSeed } from './rollout-seed';

/** A completion that the policy has drawn. */
export interface Rollout extends CompletionText {
  /** `<recordId>/<n>`; unique within a step. */
  readonly id: string;
  readonly ids: Int32Array;
  /** Of the ids, when they were sampled. */
  readonly logprobs: Float32Array;
  /** Ended by its length. */
  readonly truncated: boolean;
}

/** The completions of one prompt; none where it is too long for the model. */
export interface RolloutGroup {
  readonly item: TrainingItem;
  readonly prompt: ChatPrompt;
  readonly rollouts: readonly Rollout[];
}

export interface Sampler {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly config: Pick<GrpoConfig, 'seed' | 'rollout' | 'compute'>;
  /** Told of a record whose prompt leaves no room for a completion. */
  readonly tellTooLong: (recordId: string) => void;
}

/** What is asked: one prompt for each item. */
export interface Questions {
  readonly items: readonly TrainingItem[];
  readonly prompts: readonly ChatPrompt[];
}

/**
 * Draws G completions of each prompt.
 *
 * @param at.step steps done before this one
 * @param at.round of this step, from 0: a prompt that comes twice in a step is completed anew
 */
export function drawRollouts(
  sampler: Sampler,
  questions: Questions,
  at: { readonly step: number; readonly round: number },
  signal: AbortSignal,
): Promise<RolloutGroup[]> {
  const { seed, rollout } = sampler.config;
  const { groupSize, temperature, topP, topK } = rollout;
  const numbers = Array.from({ length: groupSize }, (_, n) => at.round * groupSize + n);
  const seedsOf = (recordId: string): bigint[] =>
    numbers.map((sample) => rolloutSeed({ seed, step: at.step, recordId, sample }));
  return draw(sampler, questions, { temperature, topP, topK }, numbers, seedsOf, signal);
}

/** The most probable completion of each prompt. */
export function drawGreedily(sampler: Sampler, questions: Questions, signal: AbortSignal): Promise<RolloutGroup[]> {
  return draw(sampler, questions, { temperature: 0 }, [0], () => [0n], signal);
}

async function draw(
  { model, tokenizer, config, tellTooLong }: Sampler,
  { items, prompts }: Questions,
  sampling: SamplingOptions,
  numbers: readonly number[],
  seedsOf: (recordId: string) => readonly bigint[],
  signal: AbortSignal,
): Promise<RolloutGroup[]> {
  const asked = items.flatMap((item, i) => {
    const prompt = prompts[i];
    return prompt === undefined ? [] : [{ item, prompt }];
  });
  // Its length is known only now that its video has been read.
  const fits = ({ prompt }: (typeof asked)[number]): boolean => prompt.ids.length < model.info.text.maxPositions;
  for (const each of asked) if (!fits(each)) tellTooLong(each.item.id);
  const fitting = asked.filter(fits);
  const { maxNewTokens, maxSequences } = config.rollout;
  const requests = fitting.map(({ item, prompt }): GenerateRequest => ({ prompt, seeds: seedsOf(item.id) }));
  const stops = { stopTokens: tokenizer.eosIds, maxNewTokens, maxSequences, mrope: config.compute.mrope };
  const completions =
    requests.length === 0 ? [] : await nativeCall(model.generate(requests, { ...sampling, ...stops }, { signal }));
  const drawn = completions.values();
  return asked.map((each) => {
    const { item, prompt } = each;
    const own = fits(each) ? (drawn.next().value ?? []) : [];
    return {
      item,
      prompt,
      rollouts: own.map(({ ids, logprobs, finish }, j) => ({
        id: `${item.id}/${numbers[j] ?? j}`,
        ids,
        logprobs,
        truncated: finish === 'length',
        ...readCompletion(ids, tokenizer, item.prompt),
      })),
    };
  });
}
