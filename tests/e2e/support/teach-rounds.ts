import { messagesOf } from '@srvau/model-pool';
import { ChatPrompter, type ChatPrompt } from '@srvau/models';
import { learningRateMultiplier, Model, type SftSample, Trainer, totalWeight } from '@srvau/native';
import { policyPrompt, type Subject } from '@srvau/reasoning';
import { endOfTurn } from '../../../apps/training/src/data/end-of-turn';

/** What a base model is to say of a video. */
export interface Lesson {
  readonly subject: Subject;
  readonly videoUri: string;
  readonly says: string;
}

export interface TeachOptions {
  /** Of videos, as the model will be shown them. */
  readonly fps: number;
  readonly steps: number;
  readonly learningRate: number;
}

/**
 * Makes a base model of a tiny checkpoint: all lessons in every step, under the very prompts of a build's first round.
 * Nothing in it is drawn, so equal checkpoints learn equally.
 *
 * @returns mean loss over the tokens of the last step, nats
 */
export async function teachRounds(
  from: string,
  to: string,
  lessons: readonly Lesson[],
  { fps, steps, learningRate }: TeachOptions,
): Promise<number> {
  await using model = await Model.load(from);
  // With so few steps the squares of the first gradients must be forgotten soon.
  await using trainer = await Trainer.create(model, { optimizer: { beta2: 0.95 } });
  const prompter = await ChatPrompter.open(from, model.info);
  const prompts: ChatPrompt[] = [];
  let loss = Infinity;
  try {
    const end = await endOfTurn(prompter, from);
    const samples: SftSample[] = [];
    for (const { subject, videoUri, says } of lessons) {
      const view = { fps, maxPixels: null };
      const prompt = await prompter.prepare(messagesOf(policyPrompt('initial', subject), videoUri, view));
      prompts.push(prompt);
      const completion = [...prompter.tokenizer.encode(says), end];
      samples.push({ prompt, completion, weights: completion.map(() => 1) });
    }
    const schedule = { kind: 'linear', totalSteps: steps, warmupSteps: 10 } as const;
    for (let step = 0; step < steps; step += 1) {
      loss = (await trainer.accumulateSft(samples)).lossSum / totalWeight(samples);
      await trainer.step(learningRate * learningRateMultiplier(schedule, step));
    }
  } finally {
    for (const prompt of prompts) prompt.release();
    prompter.close();
  }
  await model.save(to, { companionsFrom: from });
  return loss;
}
