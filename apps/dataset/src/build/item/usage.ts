import type { ReflectUsage, TokenPrice } from '@srvau/contracts';

/** Tokens of all calls to one model for one item. */
export class CallMeter {
  private prompt: number | null = null;
  private completion: number | null = null;

  constructor(private readonly price: TokenPrice | null) {}

  add(usage: { promptTokens: number; completionTokens: number } | undefined): void {
    if (usage === undefined) return;
    this.prompt = (this.prompt ?? 0) + usage.promptTokens;
    this.completion = (this.completion ?? 0) + usage.completionTokens;
  }

  /** Null where no call told its tokens; the cost also where there is no price. */
  get totals(): { promptTokens: number | null; completionTokens: number | null; costUsd: number | null } {
    const { prompt, completion, price } = this;
    const known = price !== null && prompt !== null && completion !== null;
    const costUsd = known ? (prompt * price.promptUsd + completion * price.completionUsd) / 1e6 : null;
    return { promptTokens: prompt, completionTokens: completion, costUsd };
  }
}

export const NO_USAGE: ReflectUsage = { promptTokens: 0, completionTokens: 0, costUsd: null };

/** What is null adds nothing. */
export function addUsage(
  a: ReflectUsage,
  b: { promptTokens: number | null; completionTokens: number | null; costUsd: number | null },
): ReflectUsage {
  return {
    promptTokens: a.promptTokens + (b.promptTokens ?? 0),
    completionTokens: a.completionTokens + (b.completionTokens ?? 0),
    costUsd: a.costUsd === null ? b.costUsd : a.costUsd + (b.costUsd ?? 0),
  };
}
