import { type BenchReport } from '../report';
import { type Bench, type Case } from './bench';
import { sftStepFlops } from './flops';
import { modelShape, SHAPE_OF_3B } from './model-shape';
import { memoryRow, rateRow, timeRow } from './rows';
import { type Sides } from './turns';
import { LARGE } from './workload';

type Rows = BenchReport['rows'];

/** What TRL was seen to need for the large vocabulary, with some to spare. */
const LARGE_VOCABULARY_PEER_GIB = 14;

export async function benchGenerate(bench: Bench, { name, checkpoint, workload, requests }: Case): Promise<Rows> {
  const request = await requests.generate(3);
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

export async function benchGrpo(bench: Bench, { name, checkpoint, requests }: Case): Promise<Rows> {
  const request = await requests.grpo(3, { gradientCheckpointing: false });
  const sides = await bench.compare({
    what: `${name}, GRPO`,
    checkpoint,
    ours: ['grpo', request],
    peer: ['trl_grpo.py', request],
  });
  return [
    timeRow({ name: `${name}: GRPO step, TRL`, ...times(sides, 'step') }, 2.5),
    ...['generate', 'score', 'update'].map((part) => timeRow({ name: `  ${part}`, ...times(sides, part) })),
  ];
}

export async function benchSft(bench: Bench, { name, checkpoint, requests }: Case): Promise<Rows> {
  const sides = await bench.compare({
    what: `${name}, SFT`,
    checkpoint,
    ours: ['sft', await requests.sft('ours', 5, ['float32', 'bfloat16'])],
    peer: ['transformers_sft.py', await requests.sft('peer', 5, ['float32', 'bfloat16-autocast'])],
  });
  requireSameLoss(sides);
  return [
    timeRow({ name: `${name}: SFT step fp32, transformers fp32`, ...times(sides, 'float32') }, 1.3),
    timeRow({ name: `${name}: SFT step bf16, transformers fp32`, ...times(sides, 'bfloat16', 'float32') }, 2),
    timeRow({ name: `  transformers with bf16 autocast`, ...times(sides, 'bfloat16', 'bfloat16-autocast') }),
  ];
}

/** Both sides recompute activations, which is what TRL does unless told otherwise. */
export async function benchMemory(bench: Bench): Promise<Rows> {
  const name = 'vocabulary 152k';
  // That of the published models; layers are few and narrow, as it is the logits that are in question.
  const { checkpoint, requests } = await bench.makeCase(name, modelShape(64, 151_936, 2));
  const request = await requests.grpo(1, { gradientCheckpointing: true });
  const roomGib = process.availableMemory() / 2 ** 30;
  const sides = await bench.compare({
    what: `${name}, GRPO`,
    checkpoint,
    ours: ['grpo', request],
    peer: ['trl_grpo.py', request],
    rounds: 1,
    withoutPeer:
      roomGib < LARGE_VOCABULARY_PEER_GIB
        ? `which wants ${LARGE_VOCABULARY_PEER_GIB} GiB where ${roomGib.toFixed(1)} GiB are free`
        : undefined,
  });
  return [
    memoryRow(
      { name: `${name}: GRPO peak memory, TRL`, ours: sides.ours.peakBytes(), peer: sides.peer?.peakBytes() },
      0.5,
    ),
    timeRow({ name: '  that step', ...times(sides, 'step') }),
  ];
}

/** What part of the rate of a bare product of matrices the whole SFT step reaches. */
export async function benchCeiling(bench: Bench): Promise<Rows> {
  const name = 'hidden 512';
  const { checkpoint, shape, workload, requests } = await bench.makeCase(name, modelShape(512, 2048, 4));
  const rows = workload.sequences.reduce((sum, { ids }) => sum + ids.length, 0);
  const shapes = [
    [rows, shape.hiddenSize, shape.hiddenSize],
    [rows, shape.hiddenSize, 2 * shape.intermediateSize],
    [rows, shape.intermediateSize, shape.hiddenSize],
    [2048, 2048, 2048],
  ];
  const matmul = await requests.matmul(shapes);
  const dtypes = ['float32', 'bfloat16'];
  const sides = await bench.compare({
    what: `${name}, share of the ceiling`,
    checkpoint,
    ours: ['sft', await requests.sft('ours', 4, dtypes)],
    peer: ['matmul_ceiling.py', matmul],
  });
  const gflop = sftStepFlops(shape, workload.sequences) / 1e9;
  const among = shapes.map((sizes) => sizes.join('×')).join(', ');
  bench.notes.push(
    `${name}: ${gflop.toFixed(0)} GFLOP a step, counted as tools/bench/src/native/flops.ts says`,
    `ceiling: the highest median rate among the products ${among}`,
  );
  return dtypes.map((dtype) => {
    const rates = { ours: gflop / sides.ours.seconds(dtype), peer: sides.peer?.gflops(dtype) };
    return rateRow(
      { name: `${name}: SFT ${dtype}, ceiling`, ...rates },
      'GFLOP/s',
      dtype === 'float32' ? 0.6 : undefined,
    );
  });
}

/** Rows of a pass of ours, which bounds its activations. */
const PASS_TOKENS_OF_3B = 16_384;

/** The published size with random weights in bfloat16, 128 prompts × 4 samples; for a GPU of 96 GiB or more. */
export async function bench3b(bench: Bench): Promise<Rows> {
  const name = '3B bf16';
  const model = await bench.makeCase(name, SHAPE_OF_3B, { dtype: 'bfloat16', size: LARGE });
  const { checkpoint, shape, workload, requests } = model;
  const passes = { gradientCheckpointing: true, passTokens: PASS_TOKENS_OF_3B };
  const generating = await requests.generate(1, 'bfloat16');
  const generate = await bench.compare({
    what: `${name}, generate`,
    checkpoint,
    ours: ['generate', generating],
    peer: ['transformers_generate.py', generating],
  });
  const tokens = workload.lengths.flat().reduce((sum, length) => sum + length, 0);
  const best = generate.peer?.fastest();
  const rows = shape.hiddenSize * 4;
  const training = await bench.compare({
    what: `${name}, share of the matrix product`,
    checkpoint,
    ours: ['sft', await requests.sft('ours', 2, ['bfloat16'], passes)],
    peer: [
      'matmul_ceiling.py',
      await requests.matmul(
        [
          [rows, shape.hiddenSize, 2 * shape.intermediateSize],
          [rows, rows, rows],
        ],
        ['bfloat16'],
      ),
    ],
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
  const gflop = sftStepFlops(shape, workload.sequences) / 1e9;
  bench.notes.push(`${name}: its peak memory beside the estimate is what srvau_gpu_check measures`);
  return [
    rateRow(
      {
        name: `${name}: generate 128 × 4, transformers`,
        ours: tokens / generate.ours.seconds('generate'),
        peer: best && tokens / best.seconds,
      },
      'tok/s',
      3,
    ),
    rateRow(
      {
        name: `${name}: SFT, ceiling`,
        ours: gflop / training.ours.seconds('bfloat16'),
        peer: training.peer?.gflops('bfloat16'),
      },
      'GFLOP/s',
      0.45,
    ),
    timeRow({ name: `${name}: GRPO step`, ...times(grpo, 'step') }),
  ];
}

function times(sides: Sides, run: string, peerRun = run) {
  return { ours: sides.ours.seconds(run), peer: sides.peer?.seconds(peerRun) };
}

/** A comparison of times is worth nothing where the two do not compute the same. */
function requireSameLoss(sides: Sides): void {
  if (sides.peer === undefined) return;
  const [ours, peer] = [sides.ours.firstLoss('float32'), sides.peer.firstLoss('float32')];
  if (!(Math.abs(ours - peer) <= 1e-4 * peer)) throw new Error(`expected the peer's loss ${peer}, received ${ours}`);
}
