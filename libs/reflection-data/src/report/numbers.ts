/** `12,345` */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `5.2`, `10.4`: as spans are written, without digits that say nothing. */
export const seconds = (value: number): string => String(Math.round(value * 100) / 100);

export const spanText = ([startSec, endSec]: readonly [number, number]): string =>
  `${seconds(startSec)}–${seconds(endSec)} s`;

/** `12.5 %`; a dash of nothing. */
export const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${(Math.round((part / whole) * 1000) / 10).toFixed(1)} %`;

/** `$0.0123`; a dash where nothing had a price. */
export const dollars = (value: number | null): string => (value === null ? '–' : `$${value.toFixed(4)}`);
