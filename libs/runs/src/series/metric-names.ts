import { grouped } from '../grouped';

/** What comes before the first `/`; metrics without one are of the run as a whole. */
export function areaOf(metric: string): string {
  const at = metric.indexOf('/');
  return at < 0 ? '' : metric.slice(0, at);
}

/** Names by area: the run's own first, then areas as they come, `val` last. */
export function byArea(metrics: readonly string[]): { area: string; metrics: string[] }[] {
  const rank = (area: string): number => (area === '' ? 0 : area === 'val' ? 2 : 1);
  return [...grouped(metrics, areaOf)]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([area, names]) => ({ area, metrics: names }));
}

/** Shown where there is no room for all, in this order. */
const MAIN = [
  ...['loss', 'reward/total/mean', 'val/loss', 'val/reward/total/mean', 'format', 'kl', 'entropy', 'length/mean'],
  'gradNorm',
] as const;

/** The few that say how a run goes; the first ones of all where it has none of those. */
export function mainMetrics(metrics: readonly string[]): string[] {
  const there = MAIN.filter((metric) => metrics.includes(metric));
  return there.length > 0 ? there : metrics.slice(0, MAIN.length);
}

/** Which way is better; undefined where neither is. */
export function directionOf(metric: string): 'lower' | 'higher' | undefined {
  const name = metric.replace(/^val\//, '');
  if (name === 'loss') return 'lower';
  if (name === 'format' || /^reward\/.+\/mean$/.test(name)) return 'higher';
  return undefined;
}

/**
 * A test for names: `*` is any text, `/` included, `?` any one character. Without patterns every name passes.
 * @param patterns e.g. `reward/*`
 */
export function metricFilter(patterns: readonly string[]): (metric: string) => boolean {
  if (patterns.length === 0) return () => true;
  const tests = patterns.map((pattern) => {
    const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    // Runs of stars are one: each further one would multiply the ways to try.
    return new RegExp(`^${literal.replace(/\*+/g, '.*').replaceAll('?', '.')}$`, 'su');
  });
  return (metric) => tests.some((test) => test.test(metric));
}
