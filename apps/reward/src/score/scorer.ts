import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { LengthUnit, ScoreRequest } from '@srvau/contracts';
import { type PluginColumn, RewardPlugins, RolloutBatch } from '@srvau/reward-host';
import { RewardMetrics } from '../metrics/reward-metrics';
import { PluginControl } from '../plugins/plugin-control';
import { RewardConfig } from '../reward-config';
import { Admission } from './admission';
import { requireScoring } from './require-scoring';

/** Outcomes of every plugin of a request, before they take the form of an answer. */
export interface Scored {
  rows: number;
  lengthUnit: LengthUnit | null;
  /** In the order of the request's `plugins`. */
  columns: readonly PluginColumn[];
  timingsMs: { queued: number; total: number };
}

/** Scores requests, whichever way they came. */
@Injectable()
export class Scorer {
  private readonly admission: Admission;

  constructor(
    private readonly plugins: RewardPlugins,
    private readonly control: PluginControl,
    private readonly metrics: RewardMetrics,
    private readonly config: RewardConfig,
  ) {
    this.admission = new Admission(config.rewardMaxRollouts);
    metrics.watchPending(() => this.admission.pending);
  }

  /**
   * @param signal aborts when the caller has given up
   * @throws SrvauError BUSY, NOT_FOUND (a plugin that is not loaded), INVALID_REQUEST (its options). What goes wrong in a
   *   plugin is no error of the request but failed rows.
   */
  async score(request: ScoreRequest, signal: AbortSignal): Promise<Scored> {
    const received = performance.now();
    // Every plugin of every request under way listens; that there are many is no leak.
    setMaxListeners(0, signal);
    return this.admission.run(request.rollouts.length, async () => {
      const begun = performance.now();
      const { grammar, step, options = {} } = request;
      const batch = new RolloutBatch(request.rollouts, grammar);
      if (request.plugins !== undefined) await this.control.ensure(request.plugins);
      const ids = request.plugins ?? this.plugins.list().map(({ info }) => info.id);
      requireScoring(Object.keys(options), ids, 'options');
      const columns = await this.plugins.score(
        ids.map((id) => (Object.hasOwn(options, id) ? { id, options: options[id] ?? {} } : { id })),
        batch,
        {
          signal,
          deadlineMs: request.deadlineMs ?? this.config.rewardDeadlineMs,
          ...(step === undefined ? {} : { step }),
        },
      );
      for (const column of columns) this.metrics.scored(column);
      const timingsMs = { queued: begun - received, total: performance.now() - received };
      return { rows: batch.size, lengthUnit: batch.lengthUnit ?? null, columns, timingsMs };
    });
  }

  /** Resolves when nothing is being scored. */
  idle(): Promise<void> {
    return this.admission.idle();
  }
}
