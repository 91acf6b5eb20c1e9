// One rank of a GRPO run. Says on its output, a line each: the port that it listens on, and what its steps measured.
import { ProcessGroup } from '@srvau/native';
import { grpoSteps, metricsOf, openGrpo } from './grpo-run';
import { ScoringDouble } from './scoring-double';

export interface GrpoRankTask {
  readonly model: string;
  readonly data: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rank: number;
  readonly worldSize: number;
  readonly port: number;
  readonly steps: number;
}

export interface GrpoRankMessage {
  readonly port?: number;
  readonly metrics?: Readonly<Record<string, number>>[];
  readonly validation?: Readonly<Record<string, number>>;
  /** Ids of the rollouts that this rank drew in its first step. */
  readonly drawn?: readonly string[];
}

const say = (message: GrpoRankMessage): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

async function run({ rank, worldSize, port, steps, ...run }: GrpoRankTask): Promise<void> {
  const onListening = (free: number): void => void say({ port: free });
  await using group = await ProcessGroup.join({ rank, worldSize, port, timeoutMs: 60_000, onListening });
  await using objective = await openGrpo({ ...run, group, services: new ScoringDouble() });
  const outcomes = await grpoSteps(objective, 0, steps);
  const validation = await objective.validate(steps, new AbortController().signal);
  const drawn = outcomes[0]?.samples?.map(({ id }) => id) ?? [];
  say({ metrics: metricsOf(outcomes), validation: validation?.metrics ?? {}, drawn });
}

run(JSON.parse(process.argv.at(-1) ?? '') as GrpoRankTask).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
