import type { RolloutGroup } from '../draw/draw-rollouts';
import type { SampleFacts, Score } from '../reward/facts';
import type { ScoreCell } from './score-cells';

/** Of one rollout, by plugin. */
export type Scores = Readonly<Record<string, ScoreCell>>;

/** The rollouts of one prompt of this rank, with what came of them. */
export interface ScoredGroup extends RolloutGroup {
  /** One for each rollout. */
  readonly scores: readonly Scores[];
  readonly facts: readonly SampleFacts[];
}

/** @param columns of all rollouts of the groups, in their order */
export function scoredGroups(
  groups: readonly RolloutGroup[],
  columns: ReadonlyMap<string, readonly ScoreCell[]>,
): ScoredGroup[] {
  let next = 0;
  return groups.map((group) => {
    const from = next;
    next += group.rollouts.length;
    const scores = group.rollouts.map((_, j): Scores =>
      Object.fromEntries([...columns].flatMap(([plugin, cells]) => pair(plugin, cells[from + j]))),
    );
    const facts = group.rollouts.map(({ ids, truncated, wellFormed }, j): SampleFacts => {
      const ofPlugins = [...columns.values()].map((cells) => scoreOf(cells[from + j]));
      return { scores: ofPlugins, tokens: ids.length, truncated, wellFormed };
    });
    return { ...group, scores, facts };
  });
}

const pair = (plugin: string, cell: ScoreCell | undefined): [string, ScoreCell][] =>
  cell === undefined ? [] : [[plugin, cell]];

const scoreOf = (cell: ScoreCell | undefined): Score =>
  cell === undefined || cell.kind === 'failed' ? 'failed' : cell.kind === 'abstained' ? 'abstained' : cell.value;
