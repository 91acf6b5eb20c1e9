import { Model } from '@srvau/native';
import { type Run } from '../answer';
import { type GenerateRequest } from '../requests';
import { promptsOf, sample } from './sampling';
import { stopwatch, summary, timed } from './timed';

export async function generate(checkpoint: string, request: GenerateRequest): Promise<Run[]> {
  await using model = await Model.load(checkpoint, { device: request.device, dtype: request.dtype });
  const prompts = await promptsOf(request.prompts, request.clips);
  const seconds = await timed(async (run) => {
    const lap = stopwatch();
    await sample(model, prompts, request, run);
    return { generate: lap() };
  }, request);
  return [{ name: 'generate', seconds: summary(seconds.map((run) => run.generate)) }];
}
