import { type BenchReport } from '../../report';
import { type Bench } from '../bench';
import { modelShape } from '../model-shape';
import { memoryRow, timeRow } from '../rows';
import { times } from './times';

/** What TRL was seen to need for the large vocabulary, with some to spare. */
const PEER_GIB = 14;

/** Highest memory of a GRPO step. Both sides recompute activations, which is what TRL does unless told otherwise. */
export async function benchMemory(bench: Bench): Promise<BenchReport['rows']> {
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
      roomGib < PEER_GIB ? `which wants ${PEER_GIB} GiB where ${roomGib.toFixed(1)} GiB are free` : undefined,
  });
  const peaks = { ours: sides.ours.peakBytes(), peer: sides.peer?.peakBytes() };
  return [
    memoryRow({ name: `${name}: GRPO peak memory, TRL`, ...peaks }, 0.5),
    timeRow({ name: '  that step', ...times(sides, 'step') }),
  ];
}
