/** As the paper prints them; a dash where there is nothing. */
export const twoPlaces = (value: number | null): string => (value === null ? '–' : value.toFixed(2));

export const count = (value: number): string => value.toLocaleString('en-US');

export const interval = (value: readonly [number, number] | null): string =>
  value === null ? '–' : `${value[0].toFixed(2)} to ${value[1].toFixed(2)}`;

/** `p` of a test: what is too small to be told apart is not called nought. */
export const probability = (value: number): string => (value < 0.0001 ? '< 0.0001' : value.toFixed(4));
