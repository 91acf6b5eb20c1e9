import { Injectable } from '@nestjs/common';
import type { PluginColumn } from '@srvau/reward-host';
import { ServiceMetrics } from '@srvau/service';
import { Counter, Gauge, Histogram } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const TENTHS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
/** Reasons are texts of plugins; a plugin that puts numbers into them must not fill the memory of Prometheus. */
const MAX_REASONS = 20;
const MAX_REASON_CHARS = 80;

/** What the plugins do, by plugin. The ids are those of loaded plugins: callers cannot make new ones. */
@Injectable()
export class RewardMetrics {
  private readonly rollouts: Counter<'plugin' | 'outcome'>;
  private readonly abstained: Counter<'plugin' | 'because'>;
  private readonly seconds: Histogram<'plugin'>;
  private readonly scores: Histogram<'plugin'>;
  private readonly means: Gauge<'plugin'>;
  private readonly reasons = new Map<string, Set<string>>();

  private readonly registry: ServiceMetrics['registry'];

  constructor({ registry }: ServiceMetrics) {
    this.registry = registry;
    const registers = [registry];
    this.rollouts = new Counter({
      name: 'srvau_reward_rollouts_total',
      help: 'Rollouts by what became of them: scored, abstained, failed',
      labelNames: ['plugin', 'outcome'],
      registers,
    });
    this.abstained = new Counter({
      name: 'srvau_reward_abstained_total',
      help: `Rollouts that a plugin abstained from, by reason; "other" after the first ${MAX_REASONS}`,
      labelNames: ['plugin', 'because'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'srvau_reward_plugin_seconds',
      help: 'Time that a plugin took for the rollouts of a request',
      labelNames: ['plugin'],
      buckets: SECONDS,
      registers,
    });
    this.scores = new Histogram({
      name: 'srvau_reward_score',
      help: 'Where scores lie in the range of their plugin, 0 its lower and 1 its upper end',
      labelNames: ['plugin'],
      buckets: TENTHS,
      registers,
    });
    this.means = new Gauge({
      name: 'srvau_reward_score_mean',
      help: 'Mean score of the last request, in the units of the plugin',
      labelNames: ['plugin'],
      registers,
    });
  }

  /** @param pending rollouts that wait or are being scored */
  watchPending(pending: () => number): void {
    new Gauge({
      name: 'srvau_reward_pending_rollouts',
      help: 'Rollouts that wait or are being scored',
      registers: [this.registry],
      collect() {
        this.set(pending());
      },
    });
  }

  scored({ info: { id }, range, outcomes, elapsedMs }: PluginColumn): void {
    const counts = { scored: 0, abstained: 0, failed: 0 };
    const reasons = new Map<string, number>();
    const scores = this.scores.labels({ plugin: id });
    const width = range.max - range.min;
    let sum = 0;
    for (const outcome of outcomes) {
      counts[outcome.kind] += 1;
      if (outcome.kind === 'scored') {
        sum += outcome.value;
        scores.observe(width > 0 ? (outcome.value - range.min) / width : 1);
      } else if (outcome.kind === 'abstained') {
        reasons.set(outcome.because, (reasons.get(outcome.because) ?? 0) + 1);
      }
    }
    for (const [outcome, count] of Object.entries(counts)) this.rollouts.inc({ plugin: id, outcome }, count);
    for (const [reason, count] of reasons) this.abstained.inc({ plugin: id, because: this.label(id, reason) }, count);
    this.seconds.observe({ plugin: id }, elapsedMs / 1000);
    if (counts.scored > 0) this.means.set({ plugin: id }, sum / counts.scored);
  }

  private label(id: string, reason: string): string {
    let known = this.reasons.get(id);
    if (known === undefined) this.reasons.set(id, (known = new Set()));
    const text = reason.slice(0, MAX_REASON_CHARS);
    if (!known.has(text) && known.size >= MAX_REASONS) return 'other';
    known.add(text);
    return text;
  }
}
