import type { ReportCounts } from '@srvau/contracts';
import { addId, IdsByReason, noIds } from '@srvau/metrics';
import { type EvaluatedItem, isAnswered } from './evaluated-item';

/** Counts how asking went. */
export class ItemCounts {
  private items = 0;
  private answered = 0;
  private readonly missing = noIds();
  private readonly reasons = new IdsByReason();
  private readonly finishReasons = new Map<string, number>();
  private wellFormed = 0;
  private readonly tokens = { prompt: 0 as number | null, completion: 0 as number | null };

  /** @param wellFormed null where no grammar was asked for, or nothing was answered */
  add({ id, answer }: EvaluatedItem, wellFormed: boolean | null): void {
    this.items += 1;
    if (!isAnswered(answer)) {
      addId(this.missing, id);
      this.reasons.add(answer.missing, id);
      return;
    }
    this.answered += 1;
    if (wellFormed === true) this.wellFormed += 1;
    this.finishReasons.set(answer.finishReason, (this.finishReasons.get(answer.finishReason) ?? 0) + 1);
    this.tokens.prompt = plus(this.tokens.prompt, answer.promptTokens);
    this.tokens.completion = plus(this.tokens.completion, answer.completionTokens);
  }

  /** @param isParsed whether a grammar was asked for */
  finish(isParsed: boolean): ReportCounts {
    return {
      items: this.items,
      answered: this.answered,
      missing: { ...this.missing, reasons: this.reasons.toRecord() },
      finishReasons: Object.fromEntries([...this.finishReasons].sort(([a], [b]) => (a < b ? -1 : 1))),
      wellFormed: isParsed ? this.wellFormed : null,
      tokens: this.tokens,
    };
  }
}

const plus = (sum: number | null, more: number | null): number | null =>
  sum === null || more === null ? null : sum + more;
