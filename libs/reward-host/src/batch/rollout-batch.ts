import type { RolloutRow } from '@srvau/contracts';
import type { Grammar } from '@srvau/reasoning';
import { type Rollout, type ScoreOutcome, toRollout } from '@srvau/reward-sdk';
import { freezeRollouts } from './freeze-rollouts';
import { PackedRollouts } from './packed-rollouts';

export const DEFAULT_GRAMMAR: Grammar = 'reflective';

/** What lengths of a batch were counted in; `mixed` where some rows came with token counts and some without. */
export type LengthUnit = 'tokens' | 'words' | 'mixed';

/**
 * Rows that are scored together, in their wire form and, once somebody asks, parsed.
 *
 * Runners get this rather than rollouts: each takes the form that it needs. A program in another language is sent the
 * wire form, a process of ours what `packed` makes of the rollouts. A row that is parsed here is parsed once for all.
 */
export class RolloutBatch {
  /** Of some rows, of all (`isParsed`), or of none. */
  private parsed: (Rollout | undefined)[] = [];
  private isParsed = false;
  private forProcesses: PackedRollouts | undefined;

  /** @param rows checked, see `readRollouts` of the contracts; not copied */
  constructor(
    readonly rows: readonly RolloutRow[],
    readonly grammar: Grammar = DEFAULT_GRAMMAR,
  ) {}

  get size(): number {
    return this.rows.length;
  }

  /** Parsed at the first call, then the same array again. */
  get rollouts(): readonly Rollout[] {
    if (!this.isParsed) {
      this.parsed = this.rows.map((_, i) => this.rolloutAt(i));
      this.isParsed = true;
    }
    return this.parsed as Rollout[];
  }

  /** The same, frozen from now on: for code that is not ours. */
  get frozenRollouts(): readonly Rollout[] {
    return freezeRollouts(this.rollouts);
  }

  /** For other processes; one batch is packed once for all of them. Of what is not parsed yet they parse every other row. */
  get packed(): PackedRollouts {
    const parsed = (row: number): Rollout | undefined => (row % 2 === 0 ? this.rolloutAt(row) : this.parsed[row]);
    return (this.forProcesses ??= new PackedRollouts(this.rows, parsed));
  }

  /** Undefined for an empty batch. */
  get lengthUnit(): LengthUnit | undefined {
    const withTokens = this.rows.filter(({ tokens }) => tokens !== undefined).length;
    if (this.size === 0) return undefined;
    return withTokens === this.size ? 'tokens' : withTokens === 0 ? 'words' : 'mixed';
  }

  /**
   * The batch with the rows of each group next to each other, groups in the order of their first rows; for plugins of
   * group scope.
   */
  byGroups(): GroupedBatch {
    const order = groupOrder(this.rows);
    if (order === undefined) return { batch: this, restore: (outcomes) => outcomes };
    const batch = new RolloutBatch(pick(this.rows, order), this.grammar);
    batch.parsed = order.map((i) => this.parsed[i]);
    batch.isParsed = this.isParsed;
    return {
      batch,
      restore: (outcomes) => {
        const restored = new Array<ScoreOutcome>(order.length);
        for (const [at, row] of order.entries()) restored[row] = outcomes[at] as ScoreOutcome;
        return restored;
      },
    };
  }

  private rolloutAt(row: number): Rollout {
    return (this.parsed[row] ??= toRollout(this.rows[row] as RolloutRow, this));
  }
}

export interface GroupedBatch {
  readonly batch: RolloutBatch;
  /** Puts the outcomes of `batch` into the order of the batch that it was made from. */
  restore(outcomes: readonly ScoreOutcome[]): readonly ScoreOutcome[];
}

/** Row numbers in the order of their groups; undefined where the rows are in that order already. */
function groupOrder(rows: readonly RolloutRow[]): number[] | undefined {
  const groups = new Map<string, number[]>();
  let inOrder = true;
  let last: string | undefined;
  for (const [i, { groupId }] of rows.entries()) {
    const group = groups.get(groupId);
    if (group === undefined) groups.set(groupId, [i]);
    else {
      if (groupId !== last) inOrder = false;
      group.push(i);
    }
    last = groupId;
  }
  return inOrder ? undefined : [...groups.values()].flat();
}

const pick = <T>(items: readonly T[], order: readonly number[]): T[] => order.map((i) => items[i] as T);
