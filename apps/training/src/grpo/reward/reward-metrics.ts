import type { ComponentScores } from '../../guards/observation';
import type { GroupFacts, SampleFacts } from './facts';
import type { RewardRule } from './reward-rule';

type Metrics = Record<string, number>;

/** Mean and standard deviation (Bessel) of the numbers among some values; absent where there are too few. */
export function momentsOf(values: readonly (number | null)[]): { mean?: number; std?: number } {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return {};
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return { mean };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (known.length - 1)) };
}

/** `reward/total/mean`, `reward/<plugin>/abstained` …: of all rollouts given. Rates are 0 to 1. */
export function rewardMetrics(groups: readonly GroupFacts[], rule: RewardRule): Metrics {
  const samples = groups.flat();
  const metrics: Metrics = { ...named('reward/total', momentsOf(samples.map((sample) => rule.totalOf(sample)))) };
  const rows = samples.map((sample) => rule.scoresOf(sample));
  for (const [k, name] of rule.names.entries()) {
    Object.assign(metrics, named(`reward/${name}`, momentsOf(rows.map((row) => row[k] ?? null))));
    // The penalty for length is no plugin's: it always has a score.
    if (k >= (samples[0]?.scores.length ?? 0)) continue;
    const share = (is: (sample: SampleFacts) => boolean): number => samples.filter(is).length / samples.length;
    metrics[`reward/${name}/scored`] = share(({ scores }) => typeof scores[k] === 'number');
    metrics[`reward/${name}/abstained`] = share(({ scores }) => scores[k] === 'abstained');
    metrics[`reward/${name}/failed`] = share(({ scores }) => scores[k] === 'failed');
  }
  return metrics;
}

/** `length/mean`, `length/max`, `truncated` and `format`. */
export function completionMetrics(groups: readonly GroupFacts[]): Metrics {
  const samples = groups.flat();
  if (samples.length === 0) return {};
  const lengths = samples.map(({ tokens }) => tokens);
  return {
    'length/mean': lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    'length/max': lengths.reduce((most, length) => Math.max(most, length), 0),
    truncated: samples.filter(({ truncated }) => truncated).length / samples.length,
    format: samples.filter(({ wellFormed }) => wellFormed).length / samples.length,
  };
}

/** For the guards; the penalty for length is not watched, as it is 0 where all is well. */
export function componentScores(groups: readonly GroupFacts[], rule: RewardRule): Record<string, ComponentScores> {
  const samples = groups.flat();
  const plugins = rule.names.slice(0, samples[0]?.scores.length ?? 0);
  return Object.fromEntries(
    plugins.map((name, k): [string, ComponentScores] => {
      const known = samples.map(({ scores }) => scores[k]).filter((score) => typeof score === 'number');
      if (known.length === 0) return [name, { scored: 0 }];
      const min = known.reduce((least, score) => Math.min(least, score), Infinity);
      const max = known.reduce((most, score) => Math.max(most, score), -Infinity);
      return [name, { scored: known.length, min, max }];
    }),
  );
}

const named = (prefix: string, values: { mean?: number; std?: number }): Metrics =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));
