import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ChatPrompt, ChatPrompter } from '@srvau/models';
import { groupAdvantages, Model, setThreads, totalsOf, Trainer } from '@srvau/native';
import { stopwatch } from '../native/ours/timed';
import { type DirectAnswer, type DirectRequest, type DirectStep } from './direct-request';
import { KL_COEF, LEARNING_RATE, SEED } from './setup';
import { MAX_NEW_TOKENS, type Question, type World } from './world';

const PASS_TOKENS = 16_384;
const MROPE = 'transformers-4.57';

/** As the service draws its own, so that both sample the same. */
function seedOf(step: number, { id }: Question, sample: number): bigint {
  const key = JSON.stringify([SEED, step, id, sample]);
  return createHash('sha256').update(key).digest().readBigUInt64LE();
}

async function promptsOf({ questions, fps }: World, prompter: ChatPrompter): Promise<ChatPrompt[]> {
  const prompts: ChatPrompt[] = [];
  for (const { system, user, videoUri } of questions) {
    const content = [
      { type: 'video' as const, video: videoUri, fps },
      { type: 'text' as const, text: user },
    ];
    prompts.push(
      await prompter.prepare([
        { role: 'system', content: system },
        { role: 'user', content },
      ]),
    );
  }
  return prompts;
}

/** The native calls of a GRPO run and nothing else: no scores, metrics, samples, and prompts made once for all. */
async function train({ world, steps, groupSize }: DirectRequest): Promise<DirectAnswer> {
  await using policy = await Model.load(world.model);
  await using reference = await Model.map(world.model);
  await using trainer = await Trainer.create(policy, { recompute: false, mrope: MROPE, maxTokensPerPass: PASS_TOKENS });
  const prompter = await ChatPrompter.open(world.model, policy.info);
  const prompts = await promptsOf(world, prompter);
  const { eosIds } = prompter.tokenizer;

  const step = async (number: number): Promise<DirectStep> => {
    const lap = stopwatch();
    const drawn = await policy.generate(
      prompts.map((prompt, i) => {
        const question = world.questions[i] as Question;
        return { prompt, seeds: Array.from({ length: groupSize }, (_, n) => seedOf(number, question, n)) };
      }),
      { temperature: 1, maxNewTokens: MAX_NEW_TOKENS, stopTokens: eosIds, mrope: MROPE },
    );
    const generate = lap();
    const scored = await reference.logprobs(
      prompts.map((prompt, i) => ({ prompt, completions: (drawn[i] ?? []).map(({ ids }) => ids) })),
      { temperature: 1, mrope: MROPE, maxTokensPerBatch: PASS_TOKENS },
    );
    const referred = lap();
    const { values: advantages } = groupAdvantages({
      scores: drawn.flat().map(() => [0]),
      weights: [1],
      groups: drawn.flatMap((samples, i) => samples.map(() => i)),
    });
    const groups = prompts.map((prompt, i) => ({
      prompt,
      rollouts: (drawn[i] ?? []).map(({ ids, logprobs: oldLogprobs }, j) => {
        const referenceLogprobs = scored[i]?.completions[j]?.logprobs;
        const advantage = advantages[i * groupSize + j];
        if (referenceLogprobs === undefined || advantage === undefined) throw new Error(`no score of ${i}, ${j}`);
        return { ids, oldLogprobs, referenceLogprobs, advantage };
      }),
    }));
    const options = { loss: { lossType: 'grpo', klCoef: KL_COEF }, totals: totalsOf(groups), temperature: 1 } as const;
    await trainer.accumulateGrpo(groups, options);
    await trainer.step(LEARNING_RATE);
    const update = lap();
    const lengths = drawn.map((samples) => samples.map(({ ids }) => ids.length));
    return { step: generate + referred + update, generate, reference: referred, update, lengths };
  };

  const done: DirectStep[] = [];
  for (let number = 0; number < steps; number += 1) done.push(await step(number));
  for (const prompt of prompts) prompt.release();
  prompter.close();
  return { steps: done, prompts: prompts.map(({ ids }) => ids) };
}

/** A process of its own. Argument: the file of the request. Prints its answer as one line of JSON. */
async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DirectRequest;
  setThreads(request.threads);
  process.stdout.write(`${JSON.stringify(await train(request))}\n`);
}

if (require.main === module) void main();
