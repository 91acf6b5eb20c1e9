import type { PluginColumn, PluginInfo, RewardPlugins, RolloutBatch } from '@srvau/reward-host';
import { failAll } from '@srvau/reward-sdk';

/** So many batches in a row without an answer within the deadline, and a plugin is not asked any more. */
export const MAX_LATE_BATCHES = 3;

/** What is told while batches are scored. */
export interface ScoreEvents {
  /** A batch is on its way to these plugins. */
  onAsk(plugins: readonly PluginInfo[]): void;
  onColumn(column: PluginColumn): void;
  /** The plugin is not asked any more, for this reason. */
  onGivenUp(plugin: PluginInfo, why: string): void;
}

/**
 * Scores batches one after the other. A plugin that keeps missing its deadline costs one for each batch, hours for a long
 * file: after a few in a row it is given up, and its further rows fail without asking it.
 */
export class PatientScorer {
  private readonly lateInARow = new Map<string, number>();
  /** Why a plugin is not asked any more. */
  private readonly givenUp = new Map<string, string>();

  constructor(
    private readonly plugins: Pick<RewardPlugins, 'score'>,
    private readonly infos: readonly PluginInfo[],
    private readonly context: { readonly signal: AbortSignal; readonly deadlineMs: number },
    private readonly events: ScoreEvents,
  ) {}

  /** @returns one column a plugin, in their order */
  async score(batch: RolloutBatch): Promise<PluginColumn[]> {
    const asked = this.infos.filter(({ id }) => !this.givenUp.has(id));
    this.events.onAsk(asked);
    const requests = asked.map(({ id }) => ({ id }));
    const answered = await this.plugins.score(requests, batch, this.context, (column) => this.events.onColumn(column));
    const byId = new Map(answered.map((column) => [column.info.id, column]));
    const columns = this.infos.map((info) => byId.get(info.id) ?? this.notAsked(info, batch));
    for (const column of answered) this.count(column);
    return columns;
  }

  private count({ info, late }: PluginColumn): void {
    const inARow = late === true ? (this.lateInARow.get(info.id) ?? 0) + 1 : 0;
    this.lateInARow.set(info.id, inARow);
    if (inARow < MAX_LATE_BATCHES) return;
    const why = `not asked any more: it missed its deadline of ${this.context.deadlineMs} ms in ${inARow} batches in a row`;
    this.givenUp.set(info.id, why);
    this.events.onGivenUp(info, why);
  }

  private notAsked(info: PluginInfo, { rows }: RolloutBatch): PluginColumn {
    const why = this.givenUp.get(info.id) ?? 'not asked';
    return { info, outcomes: failAll(labelOf(info), rows, why), range: info.range, elapsedMs: 0 };
  }
}

/** As it is named in errors of its rows. */
export const labelOf = ({ id, scoreVersion }: PluginInfo): string => `${id}@${scoreVersion}`;
