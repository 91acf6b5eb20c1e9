import { type Clip, type CompletionResult, type Model, type Prompt, readClips } from '@srvau/native';
import { type GenerateRequest } from '../requests';
import { type PromptRow } from '../workload';

/** Rows of a request as prompts, with the clips of a file in their order. */
export async function promptsOf(rows: readonly PromptRow[], clipsFile: string): Promise<Prompt[]> {
  const { videos } = await readClips(clipsFile);
  let next = 0;
  return rows.map(({ ids, vision }) => {
    const clips: Clip[] = videos.slice(next, (next += vision.length));
    return { ids: Int32Array.from(ids), clips };
  });
}

/** Samples to the lengths that the request prescribes. @param run makes the seeds differ from run to run */
export async function sample(
  model: Model,
  prompts: readonly Prompt[],
  request: Pick<GenerateRequest, 'lengths' | 'max_new_tokens' | 'seed'>,
  run: number,
): Promise<CompletionResult[][]> {
  let seed = request.seed + run * 2 ** 20;
  const completions = await model.generate(
    prompts.map((prompt, i) => {
      const limits = request.lengths[i] ?? [];
      return { prompt, limits, seeds: limits.map(() => (seed += 1)) };
    }),
    { maxNewTokens: request.max_new_tokens },
  );
  const sampled = completions.flat().reduce((sum, { ids }) => sum + ids.length, 0);
  const expected = request.lengths.flat().reduce((sum, length) => sum + length, 0);
  if (sampled !== expected) throw new Error(`expected ${expected} sampled tokens, received ${sampled}`);
  return completions;
}
