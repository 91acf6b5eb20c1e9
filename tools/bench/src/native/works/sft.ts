import { type BenchReport } from '../../report';
import { type Bench, type Case } from '../bench';
import { timeRow } from '../rows';
import { type Sides } from '../turns';
import { times } from './times';

/** Relative. The peer's loss in float is what both of ours are held against. */
const LOSS_TOLERANCE = { float32: 1e-4, bfloat16: 1e-2 };

/** A step in float and one in bfloat16, beside transformers with AdamW. */
export async function benchSft(bench: Bench, { name, checkpoint, requests }: Case): Promise<BenchReport['rows']> {
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

/** A comparison of times is worth nothing where the two do not compute the same. */
function requireSameLoss({ ours, peer }: Sides): void {
  if (peer === undefined) return;
  const expected = peer.firstLoss('float32');
  for (const [dtype, tolerance] of Object.entries(LOSS_TOLERANCE)) {
    const loss = ours.firstLoss(dtype);
    if (!(Math.abs(loss - expected) <= tolerance * expected))
      throw new Error(`${dtype}: expected the peer's loss ${expected} within ${tolerance} of it, received ${loss}`);
  }
}
