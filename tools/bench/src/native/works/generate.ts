import { type Dtype } from '@srvau/native';
import { type BenchReport } from '../../report';
import { type Bench, type Case } from '../bench';
import { rateRow } from '../rows';

interface GenerateOptions {
  readonly repeats?: number;
  readonly dtype?: Dtype;
}

/** Tokens a second of the prompts' samples, beside the faster of transformers' caches. */
export async function benchGenerate(
  bench: Bench,
  { name, checkpoint, workload, requests }: Case,
  { repeats = 3, dtype = 'float32' }: GenerateOptions = {},
): Promise<BenchReport['rows']> {
  const request = await requests.generate(repeats, dtype);
  const sides = await bench.compare({
    what: `${name}, generate`,
    checkpoint,
    ours: ['generate', request],
    peer: ['transformers_generate.py', request],
  });
  const tokens = workload.lengths.flat().reduce((sum, length) => sum + length, 0);
  const best = sides.peer?.fastest();
  if (best !== undefined)
    bench.notes.push(`${name}, generate: the faster cache of transformers was the ${best.name} one`);
  const rates = { ours: tokens / sides.ours.seconds('generate'), peer: best && tokens / best.seconds };
  return [rateRow({ name: `${name}: generate, transformers`, ...rates }, 'tok/s', 3)];
}
