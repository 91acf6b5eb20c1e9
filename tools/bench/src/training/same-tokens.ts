/**
 * A comparison of times is worth nothing where the sides do not do the same. That the same tokens were drawn shows that
 * prompts, weights and seeds were the same.
 *
 * @param runs tokens of each step, of every run
 * @throws Error where two runs differ
 */
export function requireSameTokens(runs: readonly (readonly number[])[]): void {
  const [expected = '', ...others] = runs.map((tokens) => tokens.join(' '));
  for (const tokens of others) {
    if (tokens !== expected)
      throw new Error(`expected a run to draw ${expected} tokens in its steps, received ${tokens}`);
  }
}
