import type { JsonSchema } from '@srvau/contracts';
import type { Rollout } from './rollout';
import type { Score } from './score';

/** Both ends belong to it. A score outside counts as a failure of the plugin. */
export interface ScoreRange {
  readonly min: number;
  readonly max: number;
}

/**
 * - `sample`: a score depends on its own rollout alone, so a batch may be split anywhere.
 * - `group`: it may depend on the other rollouts of its group; a batch holds whole groups, next to each other.
 */
export type RewardScope = 'sample' | 'group';

/**
 * What a rollout needs to have for a plugin; the host abstains in the plugin's name where it is missing.
 * `tokens`: its lengths are counted in tokens, not in words.
 */
export type RolloutNeed = 'label' | 'normal' | 'span' | 'durationSec' | 'tokens';

/** What a plugin gets from the process it runs in. */
export interface RewardHost {
  /** Lines reach the service's log with the plugin's id. */
  readonly log: (level: 'debug' | 'info' | 'warn', message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/** What belongs to one call of `score`. */
export interface ScoreContext {
  /** Of the training run; absent where rollouts are scored outside of one. */
  readonly step?: number;
  /** Aborts when the deadline passes or the caller gave up; what is answered afterwards is thrown away. */
  readonly signal: AbortSignal;
}

/** A plugin with its options, ready to score. */
export interface RewardScorer {
  /**
   * May be called again before an earlier call has settled. What it throws fails the whole batch.
   *
   * @param batch frozen; may be empty.
   * @returns one score a rollout, in the batch's order.
   */
  score(batch: readonly Rollout[], context: ScoreContext): readonly Score[] | Promise<readonly Score[]>;
  /** Called once no more batches come; may be called again. Other instances of the plugin live on. */
  dispose?(): void | Promise<void>;
}

/**
 * @typeParam Options a class with the decorators that the SDK exports. A field without a default that is not optional
 * has to be given by everybody who uses the plugin.
 */
export interface RewardPluginDefinition<Options extends object = object> {
  /** Lower-case words joined by `-`, at most 64 characters; the same as in the manifest. */
  readonly id: string;
  /** Bumped when the same rollout would score differently; a run refuses to resume under another one. From 1. */
  readonly scoreVersion: number;
  /** One line. */
  readonly summary: string;
  readonly scope: RewardScope;
  /** Of every score. A function where options decide it. */
  readonly range: ScoreRange | ((options: Readonly<Options>) => ScoreRange);
  /** `NoOptions` where it takes none. */
  readonly options: new () => Options;
  readonly needs?: readonly RolloutNeed[];
  /**
   * Makes an instance. Instances share no state: a run may have several, with options of their own.
   *
   * @param options validated, complete with defaults, frozen.
   * @throws `invalidOption(…)` for options that do not go together
   */
  create(options: Readonly<Options>, host: RewardHost): RewardScorer | Promise<RewardScorer>;
}

/** Registered globally: plugin and host may each have their own copy of the SDK. Its value is that copy's version. */
export const REWARD_PLUGIN: unique symbol = Symbol.for('srvau.reward-plugin');

/** A checked definition, as `defineRewardPlugin` makes it; a plugin's module exports it as default. */
export interface RewardPlugin<Options extends object = object> {
  /** Version of the SDK that the plugin was defined with. */
  readonly [REWARD_PLUGIN]: string;
  readonly id: string;
  readonly scoreVersion: number;
  readonly summary: string;
  readonly scope: RewardScope;
  readonly needs: readonly RolloutNeed[];
  /** See the function `parseOptions`, which hosts call. It is here because an options class is read by its own SDK. */
  parseOptions(plain: unknown): Readonly<Options>;
  /** JSON Schema of the options, with defaults. */
  optionsSchema(): JsonSchema;
  /** @param options as parseOptions gives them. */
  rangeOf(options: Readonly<Options>): ScoreRange;
  create(options: Readonly<Options>, host: RewardHost): RewardScorer | Promise<RewardScorer>;
}
