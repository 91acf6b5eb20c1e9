import { type Dtype, Model, type SftSample, Trainer, type TrainerOptions } from '@srvau/native';
import { type Run } from '../answer';
import { type SftRequest } from '../requests';
import { promptsOf } from './sampling';
import { stopwatch, summary, timed } from './timed';

/** As the peer trains: its optimizer, its numbering of positions, and pads of vision in the softmax. */
const TRAINER: TrainerOptions = {
  optimizer: { beta1: 0.9, beta2: 0.95, weightDecay: 0.1 },
  mrope: 'transformers-5.18',
  suppressed: [],
};

export async function sft(checkpoint: string, request: SftRequest): Promise<Run[]> {
  const runs = [];
  for (const mode of request.modes) runs.push(await inDtype(checkpoint, request, mode as Dtype));
  return runs;
}

async function inDtype(checkpoint: string, request: SftRequest, dtype: Dtype): Promise<Run> {
  await using model = await Model.load(checkpoint, { device: request.device, dtype });
  await using trainer = await Trainer.create(model, {
    ...TRAINER,
    recompute: request.gradient_checkpointing,
    maxTokensPerPass: request.pass_tokens,
    ...(dtype === 'bfloat16' ? { mastersFrom: checkpoint } : {}),
  });
  const samples = await samplesOf(request);
  const losses: number[] = [];
  const seconds = await timed(async () => {
    const lap = stopwatch();
    const { lossSum, weightSum } = await trainer.accumulateSft(samples);
    await trainer.step(request.lr);
    losses.push(lossSum / weightSum);
    return { step: lap() };
  }, request);
  return { name: dtype, seconds: summary(seconds.map(({ step }) => step)), losses };
}

/** The prompt ends where weights begin. */
async function samplesOf({ sequences, clips }: SftRequest): Promise<SftSample[]> {
  const starts = sequences.map(({ weights }) => weights.findIndex((weight) => weight > 0));
  const rows = sequences.map((row, i) => ({ ...row, ids: row.ids.slice(0, starts[i]) }));
  const prompts = await promptsOf(rows, clips);
  return prompts.map((prompt, i) => ({
    prompt,
    completion: Int32Array.from(sequences[i]?.ids.slice(starts[i]) ?? []),
    weights: Float32Array.from(sequences[i]?.weights.slice(starts[i]) ?? []),
  }));
}
