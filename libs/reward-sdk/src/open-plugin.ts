import { describe, SrvauError } from '@srvau/contracts';
import { checkScores, failAll } from './check-scores';
import { parseOptions, pluginLabel } from './define';
import { scoreWhereFit } from './needs';
import type { RewardHost, RewardPlugin, RewardScorer, ScoreContext, ScoreRange } from './plugin';
import type { Rollout } from './rollout';
import type { ScoreOutcome } from './score';
import { asSrvauError, describeThrown } from './thrown';

/** An instance of a plugin behind the checks that every host makes. */
export interface OpenPlugin {
  /** `id@scoreVersion` */
  readonly label: string;
  readonly range: ScoreRange;
  /**
   * Never rejects. What the plugin throws, or answers and may not, makes failed rows; rollouts that lack what the plugin
   * needs are abstained from without asking it. A deadline is the caller's: it aborts the signal and stops waiting.
   *
   * @param batch frozen, unless the plugin is trusted not to change it
   * @returns one outcome a rollout, in the batch's order
   */
  score(batch: readonly Rollout[], context: ScoreContext): Promise<readonly ScoreOutcome[]>;
  /** @throws what the plugin throws */
  dispose(): Promise<void>;
}

export interface OpenPluginOptions {
  /** Plain data; `{}` by default. */
  readonly options?: unknown;
  /** By default one whose log goes nowhere. */
  readonly host?: RewardHost;
}

const SILENT: RewardHost = { log: () => undefined };

/**
 * Makes an instance of a plugin with options.
 *
 * @throws SrvauError INVALID_REQUEST for wrong options; UNPROCESSABLE where the plugin's `range` or `create` throws or
 * does not give what it should
 */
export async function openRewardPlugin(
  plugin: RewardPlugin,
  { options = {}, host = SILENT }: OpenPluginOptions = {},
): Promise<OpenPlugin> {
  const label = pluginLabel(plugin);
  const parsed = parseOptions(plugin, options);
  const { range, scorer } = await create(plugin, parsed, host).catch((error: unknown) => {
    throw (
      asSrvauError(error) ??
      new SrvauError('UNPROCESSABLE', `${label}: create threw ${describeThrown(error)}`, { cause: error })
    );
  });
  return {
    label,
    range,
    score: (batch, context) => scoreWhereFit(plugin.needs, batch, (fit) => ask(scorer, label, range, fit, context)),
    dispose: async () => scorer.dispose?.(),
  };
}

async function create(
  plugin: RewardPlugin,
  options: object,
  host: RewardHost,
): Promise<{ range: ScoreRange; scorer: RewardScorer }> {
  const range = plugin.rangeOf(options);
  const scorer: unknown = await plugin.create(options, host);
  const score: unknown = (scorer as Partial<RewardScorer> | null | undefined)?.score;
  if (typeof score === 'function') return { range, scorer: scorer as RewardScorer };
  throw SrvauError.mismatch(
    'UNPROCESSABLE',
    `create of ${pluginLabel(plugin)}`,
    'an object with score()',
    describe(scorer),
  );
}

async function ask(
  scorer: RewardScorer,
  label: string,
  range: ScoreRange,
  batch: readonly Rollout[],
  context: ScoreContext,
): Promise<ScoreOutcome[]> {
  try {
    return checkScores(label, range, batch, await scorer.score(batch, context));
  } catch (error) {
    return failAll(label, batch, `threw ${describeThrown(error)}`);
  }
}
