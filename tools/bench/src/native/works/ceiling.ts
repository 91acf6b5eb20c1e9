import { type Dtype } from '@srvau/native';
import { type BenchReport } from '../../report';
import { type Bench, type Case } from '../bench';
import { sftStepFlops } from '../flops';
import { modelShape } from '../model-shape';
import { rateRow } from '../rows';

/** Rows × inputs × outputs. */
type ProductShape = readonly [number, number, number];

interface CeilingOptions {
  /** The products among which the fastest is the ceiling. */
  readonly products: readonly ProductShape[];
  /** With the share that is aimed at, where there is one. */
  readonly dtypes: readonly (readonly [Dtype, atLeast: number | undefined])[];
  readonly repeats?: number;
  readonly gradientCheckpointing?: boolean;
  readonly passTokens?: number;
}

/** On two cores, hidden 512. */
export async function benchCeiling(bench: Bench): Promise<BenchReport['rows']> {
  const model = await bench.makeCase('hidden 512', modelShape(512, 2048, 4));
  const { hiddenSize, intermediateSize } = model.shape;
  const tokens = model.workload.sequences.reduce((sum, { ids }) => sum + ids.length, 0);
  return shareOfCeiling(bench, model, {
    products: [
      [tokens, hiddenSize, hiddenSize],
      [tokens, hiddenSize, 2 * intermediateSize],
      [tokens, intermediateSize, hiddenSize],
      [2048, 2048, 2048],
    ],
    dtypes: [
      ['float32', 0.6],
      ['bfloat16', undefined],
    ],
  });
}

/** What part of the rate of a bare product of matrices the whole SFT step reaches. */
export async function shareOfCeiling(
  bench: Bench,
  { name, checkpoint, shape, workload, requests }: Case,
  { products, dtypes, repeats = 4, ...passes }: CeilingOptions,
): Promise<BenchReport['rows']> {
  const names = dtypes.map(([dtype]) => dtype);
  const sides = await bench.compare({
    what: `${name}, share of the ceiling`,
    checkpoint,
    ours: ['sft', await requests.sft('ours', repeats, names, passes)],
    peer: ['matmul_ceiling.py', await requests.matmul(products, names)],
  });
  const gflop = sftStepFlops(shape, workload.sequences) / 1e9;
  bench.notes.push(
    `${name}: ${gflop.toFixed(0)} GFLOP a step, counted as tools/bench/src/native/flops.ts says`,
    `${name}, ceiling: the highest median rate among ${products.map((sizes) => sizes.join('×')).join(', ')}`,
  );
  return dtypes.map(([dtype, atLeast]) => {
    const rates = { ours: gflop / sides.ours.seconds(dtype), peer: sides.peer?.gflops(dtype) };
    return rateRow({ name: `${name}: SFT ${dtype}, ceiling`, ...rates }, 'GFLOP/s', atLeast);
  });
}
