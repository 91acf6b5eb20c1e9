import { parseOptions } from '../define';
import { missingNeeds } from '../needs';
import { deepFreeze } from '../freeze';
import { type OpenPlugin, openRewardPlugin } from '../open-plugin';
import type { RewardPlugin, ScoreRange } from '../plugin';
import type { Rollout } from '../rollout';
import type { ScoreOutcome } from '../score';
import { toRollouts } from '../to-rollout';
import type { Golden, GoldenCase } from './golden';
import { Mismatch } from './mismatch';
import { hostileRows, ordinaryRows } from './samples';

/** Options that the golden cases use, and rollouts to be scored under them. */
export interface Setting {
  readonly options: GoldenCase['options'];
  /** Whole groups, next to each other; ids are unique. */
  readonly rollouts: readonly Rollout[];
  readonly hostile: readonly Rollout[];
}

export interface RawScores {
  readonly batch: readonly Rollout[];
  readonly scores: unknown;
  readonly range: ScoreRange;
}

/** A plugin under test, with everything that the checks share. */
export class Subject {
  readonly settings: readonly Setting[];

  constructor(
    readonly plugin: RewardPlugin,
    readonly golden: Golden,
    private readonly deadlineMs: number,
    private readonly onAsk: (what: string) => void = () => undefined,
  ) {
    const cases = groupBy(golden.cases, ({ options, grammar }) => JSON.stringify([options, grammar]));
    this.settings = cases.map((each) => this.settingOf(each));
  }

  /** Opens an instance, hands it to `use` and disposes of it. */
  async withInstance<T>({ options }: Pick<Setting, 'options'>, use: (instance: OpenPlugin) => Promise<T>): Promise<T> {
    const instance = await this.open(options);
    try {
      return await use(instance);
    } finally {
      await this.close(instance);
    }
  }

  open(options: GoldenCase['options']): Promise<OpenPlugin> {
    return this.inTime('an instance', () => openRewardPlugin(this.plugin, { options }));
  }

  close(instance: OpenPlugin): Promise<void> {
    return this.inTime('the end of dispose()', () => instance.dispose());
  }

  /** Scores of a batch, in time. */
  score(
    instance: OpenPlugin,
    batch: readonly Rollout[],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<readonly ScoreOutcome[]> {
    return this.inTime('scores', () => instance.score(batch, { step: 1, signal }));
  }

  /**
   * What the plugin itself returns, before anything is checked or made anew.
   * @param batch rollouts that lack what the plugin needs are left out, as hosts do
   */
  async rawScores({ options }: Setting, batch: readonly Rollout[]): Promise<RawScores> {
    const { plugin } = this;
    const parsed = parseOptions(plugin, options);
    const scorer = await this.inTime('an instance', () => plugin.create(parsed, { log: () => undefined }));
    const missing = missingNeeds(plugin.needs, batch);
    const fit = Object.freeze(batch.filter((_, row) => !missing.has(row)));
    const context = { step: 1, signal: new AbortController().signal };
    const scores: unknown = await this.inTime('scores', () => scorer.score(fit, context));
    await this.inTime('the end of dispose()', () => scorer.dispose?.());
    return { batch: fit, scores, range: plugin.rangeOf(parsed) };
  }

  /** @throws Mismatch where `work` takes longer than the deadline; a loop that never yields is beyond its reach */
  async inTime<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    this.onAsk(what);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Mismatch(`${what} within ${this.deadlineMs} ms`, 'nothing');
      timer = setTimeout(() => reject(error), this.deadlineMs);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private settingOf(cases: readonly GoldenCase[]): Setting {
    const [{ options, grammar }] = cases as [GoldenCase];
    // Cases may name rollouts and groups alike.
    const rows = cases.flatMap(({ rollouts }, i) =>
      rollouts.map((row, k) => ({ ...row, id: `golden-${i}-${k}`, groupId: `golden-${i}-${row.groupId}` })),
    );
    const { ordinary, hostile } = samplesOf(grammar);
    const rollouts = deepFreeze([...byGroup(toRollouts(rows, { grammar })), ...ordinary]);
    return { options, rollouts, hostile };
  }
}

interface Samples {
  readonly ordinary: readonly Rollout[];
  readonly hostile: readonly Rollout[];
}

/** Megabytes to parse, and frozen: once for all plugins. */
const samplesByGrammar = new Map<GoldenCase['grammar'], Samples>();

function samplesOf(grammar: GoldenCase['grammar']): Samples {
  let samples = samplesByGrammar.get(grammar);
  if (samples === undefined) {
    samples = deepFreeze({
      ordinary: toRollouts(ordinaryRows(), { grammar }),
      hostile: toRollouts(hostileRows(), { grammar }),
    });
    samplesByGrammar.set(grammar, samples);
  }
  return samples;
}

/** Brings the rollouts of each group next to each other. */
export function byGroup(rollouts: readonly Rollout[]): Rollout[] {
  return groupBy(rollouts, ({ groupId }) => groupId).flat();
}

/** Items with the same key together, in order of appearance. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
