/** RGB24 picture: rows from the top, (height, width, 3), 0…255. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export function createRaster(width: number, height: number): Raster {
  return { width, height, data: new Uint8ClampedArray(width * height * 3) };
}

/** 0xRRGGBB. */
export type Rgb = number;

export const rgb = (red: number, green: number, blue: number): Rgb =>
  (clamp255(red) << 16) | (clamp255(green) << 8) | clamp255(blue);

/** Brightness times `factor`, per channel when three are given. */
export function shade(color: Rgb, red: number, green = red, blue = red): Rgb {
  return rgb(((color >> 16) & 255) * red, ((color >> 8) & 255) * green, (color & 255) * blue);
}

/** `share` of `b`, the rest of `a`. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const blend = (shift: number): number => ((a >> shift) & 255) * (1 - share) + ((b >> shift) & 255) * share;
  return rgb(blend(16), blend(8), blend(0));
}

const clamp255 = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value));
