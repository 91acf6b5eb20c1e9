import { fileURLToPath } from 'node:url';
import { resolveGrpo, type RunEvent } from '@srvau/contracts';
import type { ProcessGroup } from '@srvau/native';
import { createGrpoObjective } from '../src/grpo/create-grpo-objective';
import type { GrpoObjective } from '../src/grpo/grpo-objective';
import type { Requester } from '../src/grpo/scoring/patient-call';
import type { RankContext } from '../src/rank/rank-context';
import type { ResumePoint } from '../src/run/run';
import { quietContext } from './quiet-context';

export interface GrpoRunOptions {
  readonly model: string;
  readonly data: string;
  readonly services: Requester;
  /** Over a configuration whose steps take a fraction of a second. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly resume?: ResumePoint | null;
  readonly group?: ProcessGroup;
  readonly events?: Omit<RunEvent, 'at'>[];
  readonly context?: Partial<RankContext>;
}

const FAST = {
  steps: 20,
  optimizer: { learningRate: 0.003 },
  rollout: { groupSize: 4, promptsPerStep: 4, maxNewTokens: 12 },
  reward: { components: [{ plugin: 'text' }] },
  validation: { every: 0 },
  // The shortest prompt, as this tokenizer has a token for each byte.
  prompt: 'direct',
  compute: { recompute: false },
};

/** An objective as the process of a rank makes it. */
export function openGrpo(options: GrpoRunOptions): Promise<GrpoObjective> {
  const { model, data, services, config = {}, resume = null, events = [], group, context } = options;
  return createGrpoObjective({
    config: resolveGrpo({ config: { ...FAST, ...config } }),
    paths: { model, data, out: '' },
    run: { resume, event: (event) => Promise.resolve(void events.push(event)) },
    context: quietContext(group, context),
    device: 'cpu',
    dtype: 'float32',
    mediaPath: ({ uri }) => Promise.resolve(fileURLToPath(uri)),
    services,
  });
}
