import { type BenchReport } from '../../report';
import { type Bench, type Case } from '../bench';
import { timeRow } from '../rows';
import { times } from './times';

/** A whole step beside TRL's, and its parts. */
export async function benchGrpo(bench: Bench, { name, checkpoint, requests }: Case): Promise<BenchReport['rows']> {
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
