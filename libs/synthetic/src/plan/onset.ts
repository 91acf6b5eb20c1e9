/** Where in a clip events may begin, as shares of its length: four stretches, after each of which there is time to act. */
const EDGES = [0.1, 0.24, 0.38, 0.52, 0.66] as const;

/** The four stretches of a clip of this length, seconds with one decimal. */
export function onsetBins(durationSec: number): (readonly [fromSec: number, toSec: number])[] {
  const edge = (i: number): number => Math.round((EDGES[i] as number) * durationSec * 10) / 10;
  return [0, 1, 2, 3].map((i) => [edge(i), edge(i + 1)] as const);
}

/** @param share 0 … 1, where in the stretch; the outer fifths stay free, so that no onset lies on an edge. */
export function onsetIn(durationSec: number, bin: number, share: number): number {
  const [from, to] = onsetBins(durationSec)[bin] ?? [NaN, NaN];
  return Math.round((from + (to - from) * (0.2 + 0.6 * share)) * 1000) / 1000;
}
