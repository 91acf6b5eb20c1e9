// One rank of a supervised or a GRPO run, whose rollouts are scored in this process. Says what its steps measured.
import { joinGroup, type RankPlace, runAsRank, say } from './as-rank';
import { openGrpo } from './grpo-run';
import { ScoringDouble } from './scoring-double';
import { openSft } from './sft-run';
import { outcomesOf } from './steps';

export interface ObjectiveTask extends RankPlace {
  readonly kind: 'sft' | 'grpo';
  readonly model: string;
  readonly data: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly steps: number;
}

export interface ObjectiveMessage {
  readonly metrics: readonly Readonly<Record<string, number>>[];
  readonly validation: Readonly<Record<string, number>>;
  /** Ids of the rollouts that this rank drew in its first step. */
  readonly drawn: readonly string[];
}

runAsRank(async ({ kind, steps, ...run }: ObjectiveTask) => {
  await using group = await joinGroup(run);
  const own = group === undefined ? run : { ...run, group };
  await using objective = await (kind === 'sft' ? openSft(own) : openGrpo({ ...own, services: new ScoringDouble() }));
  const outcomes = await outcomesOf(objective, 0, steps);
  const validation = await objective.validate(steps, new AbortController().signal);
  const drawn = outcomes[0]?.samples?.map(({ id }) => id) ?? [];
  const said: ObjectiveMessage = {
    metrics: outcomes.map(({ metrics }) => metrics),
    validation: validation?.metrics ?? {},
    drawn,
  };
  say(said);
});
