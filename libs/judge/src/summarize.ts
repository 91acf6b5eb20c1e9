import {
  type JudgeFault,
  type ModelIdentity,
  type RepeatAgreement,
  VAU_EVAL_DIMENSIONS,
  type VauEvalDimension,
  type VauEvalJudgement,
  type VauEvalMarks,
  type VauEvalSummary,
} from '@srvau/contracts';
import { addId, IdsByReason, intervalAlpha, Mean, noIds, pairAgreement, percent } from '@srvau/metrics';
import { eachDimension, totalOf } from './marks';
import { vauEvalPrompt } from './prompt';
import type { JudgeSettings } from './settings';

export interface SummaryOf {
  settings: JudgeSettings;
  judge: ModelIdentity;
}

/**
 * Figures over judged items, with what is missing and why. Means are over items that have marks; nothing stands in for the
 * others. Depends on the judgements and, for which ids are named, their order.
 */
export function summarize(judgements: Iterable<VauEvalJudgement>, { settings, judge }: SummaryOf): VauEvalSummary {
  const { repeats, ...sampling } = settings;
  const counts = new Counts();
  for (const judgement of judgements) counts.add(judgement);
  const { id: promptId, hash: promptHash } = vauEvalPrompt();
  return {
    dimensions: eachDimension((dimension) => ({ mean: counts.means[dimension].value, n: counts.judged })),
    total: counts.total.value,
    items: counts.judged + counts.unscored.count,
    judged: counts.judged,
    unscored: { ...counts.unscored, reasons: counts.reasons.toRecord() },
    repeats,
    unscoredRepeats: counts.unscoredRepeats,
    agreement: repeats === 1 ? null : agreementOf(counts.rated),
    judge,
    answeredBy: inOrder(counts.answeredBy),
    ...{ promptId, promptHash, sampling },
    replies: counts.replies,
    faults: inOrder(counts.faults),
    usage: { promptTokens: counts.promptTokens, completionTokens: counts.completionTokens },
  };
}

/** Names under which replies are counted one by one. */
const MAX_MODELS = 20;
const OTHER_MODELS = '(others)';

class Counts {
  readonly means = eachDimension(() => new Mean());
  readonly total = new Mean();
  judged = 0;
  readonly unscored = noIds();
  readonly reasons = new IdsByReason();
  unscoredRepeats = 0;
  /** Of each item the marks of its repeats. */
  readonly rated: VauEvalMarks[][] = [];
  readonly answeredBy = new Map<string, number>();
  readonly faults = new Map<JudgeFault, number>();
  replies = 0;
  promptTokens: number | null = 0;
  completionTokens: number | null = 0;

  add({ id, marks, total, repeats, replies }: VauEvalJudgement): void {
    if (marks !== null && total !== null) {
      this.judged += 1;
      for (const dimension of VAU_EVAL_DIMENSIONS) this.means[dimension].add(marks[dimension]);
      this.total.add(total);
    } else {
      addId(this.unscored, id);
      const reason = repeats.at(-1)?.unscored;
      if (reason !== undefined && reason !== null) this.reasons.add(reason, id);
    }
    this.rated.push(repeats.flatMap((each) => (each.marks === null ? [] : [each.marks])));
    this.unscoredRepeats += repeats.filter((each) => each.marks === null).length;
    for (const { model, fault, promptTokens, completionTokens } of replies) {
      this.replies += 1;
      if (model !== null) this.countModel(model);
      if (fault !== null) countUp(this.faults, fault.code);
      this.promptTokens = plus(this.promptTokens, promptTokens);
      this.completionTokens = plus(this.completionTokens, completionTokens);
    }
  }

  /** An endpoint may say anything; a summary stays small. */
  private countModel(name: string): void {
    const isListed = this.answeredBy.has(name) || this.answeredBy.size < MAX_MODELS;
    countUp(this.answeredBy, isListed ? name : OTHER_MODELS);
  }
}

function agreementOf(rated: readonly (readonly VauEvalMarks[])[]): NonNullable<VauEvalSummary['agreement']> {
  const of = (value: (marks: VauEvalMarks) => number): RepeatAgreement => {
    const units = rated.map((marks) => marks.map(value));
    const { pairs, meanAbsoluteDifference, equal } = pairAgreement(units);
    return { pairs, meanAbsoluteDifference, exact: percent(equal, pairs), alpha: intervalAlpha(units) };
  };
  const byDimension = (dimension: VauEvalDimension): RepeatAgreement => of((marks) => marks[dimension]);
  return { ...eachDimension(byDimension), total: of(totalOf) };
}

function countUp<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** By name, so that equal counts are equal text. */
function inOrder<K extends string>(counts: ReadonlyMap<K, number>): Record<K, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) as Record<K, number>;
}

const plus = (sum: number | null, more: number | null): number | null =>
  sum === null || more === null ? null : sum + more;
