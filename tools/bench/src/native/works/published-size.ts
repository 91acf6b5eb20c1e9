import { type BenchReport } from '../../report';
import { type Bench } from '../bench';
import { SHAPE_OF_3B } from '../model-shape';
import { timeRow } from '../rows';
import { LARGE } from '../workload';
import { shareOfCeiling } from './ceiling';
import { benchGenerate } from './generate';
import { times } from './times';

/** Tokens of a pass of ours, which bounds its activations. */
const PASS_TOKENS = 16_384;

/** The published 3B with random weights in bfloat16, 128 prompts × 4 samples; for a GPU of 96 GiB or more. */
export async function bench3b(bench: Bench): Promise<BenchReport['rows']> {
  const model = await bench.makeCase('3B bf16', SHAPE_OF_3B, { dtype: 'bfloat16', size: LARGE });
  const { name, checkpoint, shape, requests } = model;
  const passes = { gradientCheckpointing: true, passTokens: PASS_TOKENS };
  const generated = await benchGenerate(bench, model, { repeats: 1, dtype: 'bfloat16' });
  const side = 4 * shape.hiddenSize;
  const trained = await shareOfCeiling(bench, model, {
    products: [
      [side, shape.hiddenSize, 2 * shape.intermediateSize],
      [side, side, side],
    ],
    dtypes: [['bfloat16', 0.45]],
    repeats: 2,
    ...passes,
  });
  const step = await requests.grpo(1, { ...passes, dtype: 'bfloat16' });
  const grpo = await bench.compare({
    what: `${name}, GRPO`,
    checkpoint,
    ours: ['grpo', step],
    peer: ['trl_grpo.py', step],
    rounds: 1,
    withoutPeer: 'which at this batch does not fit',
  });
  bench.notes.push(`${name}: its peak memory beside the estimate is what srvau_gpu_check measures`);
  return [...generated, ...trained, timeRow({ name: `${name}: GRPO step`, ...times(grpo, 'step') })];
}
