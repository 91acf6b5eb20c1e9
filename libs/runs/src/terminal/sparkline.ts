import type { Series } from '../series/series';

const LEVELS = '▁▂▃▄▅▆▇█';

/** A series in one line of at most `width` characters: each is the mean of a stretch, a blank one where none is finite. */
export function sparkline(series: Series, width: number): string {
  const means = stretchMeans(series, width);
  const finite = means.filter((mean) => Number.isFinite(mean));
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return means
    .map((mean) => {
      if (!Number.isFinite(mean)) return ' ';
      const level = range === 0 ? 0 : Math.round(((mean - low) / range) * (LEVELS.length - 1));
      return LEVELS[level] ?? '';
    })
    .join('');
}

function stretchMeans({ values }: Series, width: number): number[] {
  const count = Math.min(width, values.length);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.floor(((i + 1) * values.length) / count);
    const finite = values.slice(from, to).filter((value) => Number.isFinite(value));
    return finite.length === 0 ? NaN : finite.reduce((sum, value) => sum + value, 0) / finite.length;
  });
}
