import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { Series } from '../series/series';

export interface Axis {
  /** From data to 0…1. */
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** Of what is drawn in one chart; null where no value is finite. */
export interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

/** Beyond these the distance between two values is no number any more, or ticks have no room. */
const MOST = 1e300;
const LEAST = 1e-300;

/** Axes that hold all finite values of some series, with round ticks. @param xTicks about so many */
export function axesOf(lines: readonly Series[], xTicks: number, yTicks: number): Axes | null {
  const steps: [low: number, high: number] = [Infinity, -Infinity];
  const values: [low: number, high: number] = [Infinity, -Infinity];
  for (const line of lines) {
    for (const [i, value] of line.values.entries()) {
      if (!Number.isFinite(value)) continue;
      widen(steps, line.steps[i] ?? 0);
      widen(values, value);
    }
  }
  if (values[0] > values[1]) return null;
  const whole = axis(scaleLinear(roomy(steps, 1), [0, 1]), xTicks);
  return {
    x: { ...whole, ticks: whole.ticks.filter(({ value }) => Number.isInteger(value)) },
    y: axis(
      scaleLinear(roomy(values, Math.abs(values[0]) < LEAST ? 1 : Math.abs(values[0]) * 0.1), [0, 1])
        .nice(yTicks)
        .clamp(true),
      yTicks,
    ),
  };
}

function widen(range: [low: number, high: number], value: number): void {
  const held = Math.max(-MOST, Math.min(MOST, value));
  if (held < range[0]) range[0] = held;
  if (held > range[1]) range[1] = held;
}

/** A range of one value, or of values that floating point hardly tells apart, has no width to draw on. */
function roomy([low, high]: readonly [number, number], room: number): [number, number] {
  const isWide = high - low > Math.max(LEAST, Math.max(Math.abs(low), Math.abs(high)) * 1e-12);
  return isWide ? [low, high] : [low - room, high + room];
}

function axis(scale: ScaleLinear<number, number>, count: number): Axis {
  const [low = 0, high = 1] = scale.domain();
  const most = Math.max(Math.abs(low), Math.abs(high));
  // A learning rate reads better as 2e-5, a step as 120k.
  const format = scale.tickFormat(count, most < 1e-3 || most >= 1e15 ? '~e' : most >= 1e5 ? '~s' : undefined);
  return {
    at: (value) => scale(value),
    ticks: scale.ticks(count).map((value) => ({ value, text: value === 0 ? '0' : format(value) })),
  };
}
