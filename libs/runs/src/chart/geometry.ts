import type { Series } from '../series/series';
import type { Axes } from './scales';

export interface ChartLine {
  readonly label: string;
  /** Which colour; the same run has the same one in every chart. */
  readonly tone: number;
  readonly series: Series;
  /** Drawn in front of the series, which then is faint. */
  readonly smooth?: Series;
}

/** Of one chart, in pixels. */
export const CHART = { width: 500, height: 270, left: 64, right: 16, top: 30, bottom: 44 } as const;

/** Where its curves are. */
export const PLOT = {
  width: CHART.width - CHART.left - CHART.right,
  height: CHART.height - CHART.top - CHART.bottom,
} as const;

export const pixelX = ({ x }: Axes, step: number): number => rounded(CHART.left + x.at(step) * PLOT.width);
export const pixelY = ({ y }: Axes, value: number): number => rounded(CHART.top + (1 - y.at(value)) * PLOT.height);

/** To tenths: more the eye cannot see, and the page would grow. */
export const rounded = (pixels: number): number => Math.round(pixels * 10) / 10;
