import type { Detector, DetectorState } from './detector';

/**
 * The format rate, a mean over the window, has fallen below a share of the best such mean of the run. Means, because the
 * best of single steps grows with their number by chance alone.
 */
export function formatCollapse(window: number, minShare: number): Detector {
  return {
    warning: 'format-collapse',
    key: 'format-collapse',
    look({ format }, state) {
      const recent = [...listOf(state, 'recent'), format].slice(-window);
      const before = numberOf(state, 'best');
      if (recent.length < window) return { state: { recent, best: before }, alarm: null };
      const mean = recent.reduce((sum, rate) => sum + rate, 0) / window;
      const best = Math.max(before, mean);
      const alarm =
        mean < minShare * best
          ? `${percent(mean)} of the completions of the last ${window} steps follow the grammar, which were ${percent(best)} once`
          : null;
      return { state: { recent, best }, alarm };
    },
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function listOf(state: DetectorState | undefined, name: string): readonly number[] {
  const value = state?.[name];
  return Array.isArray(value) ? (value as readonly number[]) : [];
}

function numberOf(state: DetectorState | undefined, name: string): number {
  const value = state?.[name];
  return typeof value === 'number' ? value : 0;
}
