/** Parts of nearly equal size that follow each other, the order kept; where there are too few items some are empty. */
export function cutEvenly<T>(items: readonly T[], parts: number): T[][] {
  const border = (i: number): number => Math.floor((i * items.length) / parts);
  return Array.from({ length: parts }, (_, i) => items.slice(border(i), border(i + 1)));
}
