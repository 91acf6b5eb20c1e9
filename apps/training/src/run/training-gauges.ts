import type { TrainingKind } from '@srvau/contracts';
import type { ServiceMetrics } from '@srvau/service';
import { Gauge } from 'prom-client';

/** How the run that this process works on stands. Which metrics there are follows from its configuration, not from callers. */
export class TrainingGauges {
  private readonly step: Gauge<'kind'>;
  private readonly metric: Gauge<'kind' | 'metric'>;
  private readonly seen: Record<TrainingKind, Set<string>> = { sft: new Set(), grpo: new Set() };

  constructor(registry: ServiceMetrics['registry']) {
    const registers = [registry];
    this.step = new Gauge({
      name: 'srvau_training_step',
      help: 'Optimizer steps done by the run in progress',
      labelNames: ['kind'],
      registers,
    });
    this.metric = new Gauge({
      name: 'srvau_training_metric',
      help: 'Metrics of the last step of the run in progress, named as in its metrics.jsonl: loss, reward/total/mean, …',
      labelNames: ['kind', 'metric'],
      registers,
    });
  }

  observe(kind: TrainingKind, step: number, values: Readonly<Record<string, number>>): void {
    this.step.set({ kind }, step);
    for (const [metric, value] of Object.entries(values)) {
      this.metric.set({ kind, metric }, value);
      this.seen[kind].add(metric);
    }
  }

  /** A run that has ended is no longer in progress: its series end with it. */
  ended(kind: TrainingKind): void {
    this.step.remove({ kind });
    for (const metric of this.seen[kind]) this.metric.remove({ kind, metric });
    this.seen[kind].clear();
  }
}
