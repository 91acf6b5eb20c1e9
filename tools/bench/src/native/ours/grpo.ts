import { groupAdvantages, Model, Trainer } from '@srvau/native';
import { type Run } from '../answer';
import { type GrpoRequest } from '../requests';
import { promptsOf, sample } from './sampling';
import { stopwatch, summary, timed } from './timed';

/** Whole steps: sample, score under the reference, advantages of a constant reward, loss with KL, update. */
export async function grpo(checkpoint: string, request: GrpoRequest): Promise<Run[]> {
  const { device, dtype } = request;
  await using policy = await Model.load(checkpoint, { device, dtype });
  // A checkpoint can be used where it lies on the CPU only.
  await using reference = await (device === 'cpu' ? Model.map(checkpoint) : Model.load(checkpoint, { device, dtype }));
  await using trainer = await Trainer.create(policy, {
    recompute: request.gradient_checkpointing,
    maxTokensPerPass: request.pass_tokens,
  });
  const prompts = await promptsOf(request.prompts, request.clips);

  const steps = await timed(
    async (run) => {
      const lap = stopwatch();
      const completions = await sample(policy, prompts, request, run);
      const generated = lap();
      const references = await reference.logprobs(
        prompts.map((prompt, i) => ({ prompt, completions: (completions[i] ?? []).map(({ ids }) => ids) })),
        { maxTokensPerBatch: request.pass_tokens },
      );
      const { values: advantages } = groupAdvantages({
        scores: completions.flat().map(() => [1]),
        weights: [1],
        groups: completions.flatMap((samples, i) => samples.map(() => i)),
      });
      const scored = lap();
      let rollout = 0;
      const groups = prompts.map((prompt, i) => ({
        prompt,
        rollouts: (completions[i] ?? []).map(({ ids, logprobs: oldLogprobs }, j) => {
          const referenceLogprobs = references[i]?.completions[j]?.logprobs;
          const advantage = advantages[rollout++];
          if (referenceLogprobs === undefined || advantage === undefined) throw new Error(`no score of ${i}, ${j}`);
          return { ids, oldLogprobs, referenceLogprobs, advantage };
        }),
      }));
      await trainer.accumulateGrpo(groups, { loss: { lossType: 'grpo', klCoef: request.beta } });
      await trainer.step(2e-5);
      const updated = lap();
      return { step: generated + scored + updated, generate: generated, score: scored, update: updated };
    },
    { warmup: request.warmup, repeats: request.steps },
  );
  return (['step', 'generate', 'score', 'update'] as const).map((name) => ({
    name,
    seconds: summary(steps.map((step) => step[name])),
  }));
}
