import { fileURLToPath } from 'node:url';
import { parseDto, SftConfig } from '@srvau/contracts';
import type { Dtype, ProcessGroup } from '@srvau/native';
import type { RankContext } from '../src/rank/rank-context';
import type { ResumePoint } from '../src/run/run';
import { createSftObjective } from '../src/sft/create-sft-objective';
import type { SftObjective } from '../src/sft/sft-objective';
import { quietContext } from './quiet-context';

export interface SftRunOptions {
  readonly model: string;
  readonly data: string;
  /** Over a configuration that learns the tiny world fast. */
  readonly config?: object;
  readonly dtype?: Dtype;
  readonly resume?: ResumePoint | null;
  readonly group?: ProcessGroup;
  readonly context?: Partial<RankContext>;
}

const FAST = { batchSize: 4, epochs: 50, optimizer: { learningRate: 0.01 }, validation: { every: 0 } };

/** An objective as the process of a rank makes it. */
export function openSft(options: SftRunOptions): Promise<SftObjective> {
  const { model, data, config = {}, dtype = 'float32', resume = null, group, context } = options;
  return createSftObjective({
    config: parseDto(SftConfig, { ...FAST, ...config }, 'config'),
    paths: { model, data, out: '' },
    run: { resume },
    context: quietContext(group, context),
    device: 'cpu',
    dtype,
    mediaPath: ({ uri }) => Promise.resolve(fileURLToPath(uri)),
  });
}
