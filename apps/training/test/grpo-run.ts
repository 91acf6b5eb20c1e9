import { fileURLToPath } from 'node:url';
import { resolveGrpo, type RunEvent, silentLog, type StructuredLog } from '@srvau/contracts';
import type { ProcessGroup } from '@srvau/native';
import { createGrpoObjective } from '../src/grpo/create-grpo-objective';
import type { GrpoObjective } from '../src/grpo/grpo-objective';
import type { Requester } from '../src/grpo/scoring/patient-call';
import type { Objective, StepOutcome } from '../src/loop/objective';
import type { ResumePoint } from '../src/run/run';

export interface GrpoRunOptions {
  readonly model: string;
  readonly data: string;
  readonly services: Requester;
  /** Over a configuration whose steps take a fraction of a second. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly resume?: ResumePoint | null;
  readonly group?: ProcessGroup;
  readonly events?: Omit<RunEvent, 'at'>[];
  readonly signal?: AbortSignal;
  readonly log?: StructuredLog;
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
export function openGrpo({
  model,
  data,
  services,
  config = {},
  group,
  ...rest
}: GrpoRunOptions): Promise<GrpoObjective> {
  const { resume = null, events = [], signal = new AbortController().signal, log = silentLog } = rest;
  const nothing = (): void => undefined;
  return createGrpoObjective({
    config: resolveGrpo({ config: { ...FAST, ...config } }),
    paths: { model, data, out: '' },
    run: { resume, event: (event) => Promise.resolve(void events.push(event)) },
    context: {
      rank: group?.rank ?? 0,
      worldSize: group?.worldSize ?? 1,
      ...(group === undefined ? {} : { group }),
      ...{ signal, log, begins: nothing, progress: nothing, metrics: nothing, event: nothing },
    },
    device: 'cpu',
    dtype: 'float32',
    mediaPath: ({ uri }) => Promise.resolve(fileURLToPath(uri)),
    services,
  });
}

/** Outcomes of steps `from` to `to` − 1. */
export async function grpoSteps(objective: Objective, from: number, to: number): Promise<StepOutcome[]> {
  const outcomes = [];
  for (let step = from; step < to; step += 1) outcomes.push(await objective.step(step, new AbortController().signal));
  return outcomes;
}

/** As lines of metrics.jsonl hold them. */
export const metricsOf = (outcomes: readonly StepOutcome[]): StepOutcome['metrics'][] =>
  outcomes.map(({ metrics }) => metrics);
