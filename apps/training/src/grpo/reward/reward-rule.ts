import type { GrpoConfig } from '@srvau/contracts';
import { type AdvantageOptions, groupAdvantages, softOverlongPenalty } from '@srvau/native';
import type { GroupFacts, SampleFacts } from './facts';

/** Name of the penalty for length among the components; no plugin's, as an id it would have no underscore. */
export const OVERLONG = 'overlong_penalty';

/** Columns of scores → advantages, as the configuration says. */
export class RewardRule {
  /** Of the components: plugins, then the penalty for length, where there is one. */
  readonly names: readonly string[];
  readonly #weights: readonly number[];
  readonly #options: AdvantageOptions;
  readonly #penalty: ((tokens: number) => number) | undefined;

  constructor({ reward, overlong, rollout }: Pick<GrpoConfig, 'reward' | 'overlong' | 'rollout'>) {
    const { aggregation, scale, components } = reward;
    const { softTokens } = overlong;
    const limits = { maxTokens: rollout.maxNewTokens, softTokens };
    this.#penalty = softTokens > 0 ? (tokens) => softOverlongPenalty(tokens, limits) : undefined;
    this.names = [...components.map(({ plugin }) => plugin), ...(softTokens > 0 ? [OVERLONG] : [])];
    this.#weights = [...components.map(({ weight }) => weight), ...(softTokens > 0 ? [overlong.weight] : [])];
    this.#options = { aggregation, ...(scale === undefined ? {} : { scale }) };
  }

  /** One for each component; null where there is no score. */
  scoresOf({ scores, tokens }: SampleFacts): (number | null)[] {
    const own = scores.map((score) => (typeof score === 'number' ? score : null));
    return this.#penalty === undefined ? own : [...own, this.#penalty(tokens)];
  }

  /** Σ weight · score; null where no plugin scored. */
  totalOf(sample: SampleFacts): number | null {
    if (!sample.scores.some((score) => typeof score === 'number')) return null;
    return this.scoresOf(sample).reduce<number>((sum, score, k) => sum + (score ?? 0) * (this.#weights[k] ?? 0), 0);
  }

  /** For each group one number a rollout. */
  advantages(groups: readonly GroupFacts[]): number[][] {
    return this.#advantages(groups, this.#options);
  }

  /** For each group whether its rollouts differ in what they are worth, so that they bring a gradient. */
  varies(groups: readonly GroupFacts[]): boolean[] {
    // A distance from the group's own mean: not scaled by what other groups are.
    return this.#advantages(groups, { ...this.#options, scale: 'none' }).map((values) =>
      values.some((value) => value !== 0),
    );
  }

  #advantages(groups: readonly GroupFacts[], options: AdvantageOptions): number[][] {
    if (groups.length === 0) return [];
    const { values } = groupAdvantages(
      {
        scores: groups.flatMap((group) => group.map((sample) => this.scoresOf(sample))),
        weights: this.#weights,
        groups: groups.flatMap((group, i) => group.map(() => i)),
      },
      options,
    );
    let next = 0;
    return groups.map((group) => group.map(() => values[next++] ?? 0));
  }
}
