/** Value below which the share `quantile` (0–1) of `values` lies; nearest rank. */
export function percentile(values: readonly number[], quantile: number): number {
  if (values.length === 0) throw new Error('no values to take a percentile of');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] as number;
}
