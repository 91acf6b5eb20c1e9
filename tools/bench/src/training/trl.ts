import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer } from '../native/answer';
import { runPeer } from '../native/programs';
import { type DirectAnswer, type DirectStep, tokensOf } from './direct-request';
import { KL_COEF, SEED, THREADS } from './setup';
import { MAX_NEW_TOKENS, type World } from './world';

const WARM_UP_STEPS = 1;
const STEPS = 2;

/** The step, from the second on, whose number of sampled tokens is nearest to the mean: TRL repeats one step. */
export function typicalStep(steps: readonly DirectStep[]): DirectStep {
  const recorded = steps.slice(1);
  const mean = recorded.reduce((sum, step) => sum + tokensOf(step), 0) / recorded.length;
  const off = (step: DirectStep): number => Math.abs(tokensOf(step) - mean);
  return recorded.reduce((best, step) => (off(step) < off(best) ? step : best));
}

/** Steps of TRL on the same checkpoint, with prompts and completions of the same lengths. */
export async function runTrl(
  python: string,
  dir: string,
  world: World,
  direct: DirectAnswer,
  signal: AbortSignal,
): Promise<Answer> {
  const request = join(dir, 'trl.json');
  const { lengths } = typicalStep(direct.steps);
  await writeFile(
    request,
    JSON.stringify({
      prompts: direct.prompts.map((ids) => ({ ids })),
      ...{ samples: lengths[0]?.length ?? 0, lengths, max_new_tokens: MAX_NEW_TOKENS, beta: KL_COEF },
      ...{ threads: THREADS, seed: SEED, warmup: WARM_UP_STEPS, steps: STEPS, gradient_checkpointing: false },
    }),
  );
  return runPeer(python, 'trl_grpo.py', { checkpoint: world.model, request, signal });
}
