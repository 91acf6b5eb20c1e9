import type { Raster, Rgb } from './raster';

/**
 * Filled shapes with soft edges: a pixel's share is how far its centre lies inside the edge, in pixels, from −½ to ½.
 * Coordinates are pixels from the upper left corner; pixel (0, 0) has its centre at (0.5, 0.5). What lies outside of the
 * picture is left out. Nothing is allocated: these run some hundred thousand times a clip.
 */

/** A line from (x0, y0) to (x1, y1) with round ends. */
export function capsule(
  raster: Raster,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  radius: number,
  color: Rgb,
  alpha = 1,
): void {
  const reach = radius + 0.5;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(raster.width - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(raster.height - 1, Math.floor(Math.max(y0, y1) + reach));
  const dx = x1 - x0;
  const dy = y1 - y0;
  const inverse = 1 / (dx * dx + dy * dy + 1e-9);
  // Thinner than a pixel means fainter, not wider.
  const most = Math.min(1, 2 * radius) * alpha;
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      const px = x + 0.5 - x0;
      const py = y + 0.5 - y0;
      let along = (px * dx + py * dy) * inverse;
      along = along < 0 ? 0 : along > 1 ? 1 : along;
      const ex = px - along * dx;
      const ey = py - along * dy;
      const squared = ex * ex + ey * ey;
      if (squared >= reach * reach) continue;
      const share = reach - Math.sqrt(squared);
      blend(raster, x, y, color, share >= 1 ? most : share * most);
    }
  }
}

export function disc(raster: Raster, x: number, y: number, radius: number, color: Rgb, alpha = 1): void {
  capsule(raster, x, y, x, y, radius, color, alpha);
}

/** An upright ellipse whose share falls off towards its edge: `softness` 0 is sharp, 1 a cloud. */
export function ellipse(
  raster: Raster,
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  color: Rgb,
  alpha = 1,
  softness = 0,
): void {
  if (!(radiusX > 0.05 && radiusY > 0.05)) return;
  const left = Math.max(0, Math.floor(x - radiusX - 0.5));
  const right = Math.min(raster.width - 1, Math.floor(x + radiusX + 0.5));
  const top = Math.max(0, Math.floor(y - radiusY - 0.5));
  const bottom = Math.min(raster.height - 1, Math.floor(y + radiusY + 0.5));
  // One pixel of edge, or the given share of the radius.
  const edge = Math.max(1 / Math.min(radiusX, radiusY), softness);
  for (let row = top; row <= bottom; row += 1) {
    const ey = (row + 0.5 - y) / radiusY;
    for (let column = left; column <= right; column += 1) {
      const ex = (column + 0.5 - x) / radiusX;
      const share = (1 + edge / 2 - Math.sqrt(ex * ex + ey * ey)) / edge;
      if (share > 0) blend(raster, column, row, color, share >= 1 ? alpha : share * alpha);
    }
  }
}

/** A convex polygon, corners x0, y0, x1, y1 … in either sense of rotation; `count` corners of `points` count. */
export function polygon(raster: Raster, points: ArrayLike<number>, count: number, color: Rgb, alpha = 1): void {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  let doubleArea = 0;
  for (let i = 0; i < count; i += 1) {
    const x = points[2 * i] as number;
    const y = points[2 * i + 1] as number;
    const next = (i + 1) % count;
    doubleArea += x * (points[2 * next + 1] as number) - (points[2 * next] as number) * y;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const sense = doubleArea > 0 ? 1 : -1;
  left = Math.max(0, Math.floor(left - 0.5));
  right = Math.min(raster.width - 1, Math.floor(right + 0.5));
  top = Math.max(0, Math.floor(top - 0.5));
  bottom = Math.min(raster.height - 1, Math.floor(bottom + 0.5));
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      let share = 1;
      for (let i = 0; i < count && share > 0; i += 1) {
        const ax = points[2 * i] as number;
        const ay = points[2 * i + 1] as number;
        const next = (i + 1) % count;
        const ex = (points[2 * next] as number) - ax;
        const ey = (points[2 * next + 1] as number) - ay;
        const length = Math.sqrt(ex * ex + ey * ey);
        if (length < 1e-6) continue;
        const inside = ((ex * (y + 0.5 - ay) - ey * (x + 0.5 - ax)) * sense) / length + 0.5;
        if (inside < share) share = inside;
      }
      if (share > 0) blend(raster, x, y, color, share * alpha);
    }
  }
}

/** Light on top of what is there, such as a flame's glow. */
export function glow(raster: Raster, x: number, y: number, radius: number, color: Rgb, strength: number): void {
  const left = Math.max(0, Math.floor(x - radius));
  const right = Math.min(raster.width - 1, Math.floor(x + radius));
  const top = Math.max(0, Math.floor(y - radius));
  const bottom = Math.min(raster.height - 1, Math.floor(y + radius));
  const { data, width } = raster;
  const [red, green, blue] = [(color >> 16) & 255, (color >> 8) & 255, color & 255];
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const dx = (column + 0.5 - x) / radius;
      const dy = (row + 0.5 - y) / radius;
      const squared = dx * dx + dy * dy;
      if (squared >= 1) continue;
      const share = (1 - squared) * (1 - squared) * strength;
      const at = (row * width + column) * 3;
      data[at] = (data[at] as number) + red * share;
      data[at + 1] = (data[at + 1] as number) + green * share;
      data[at + 2] = (data[at + 2] as number) + blue * share;
    }
  }
}

function blend(raster: Raster, x: number, y: number, color: Rgb, share: number): void {
  const { data } = raster;
  const at = (y * raster.width + x) * 3;
  const red = data[at] as number;
  const green = data[at + 1] as number;
  const blue = data[at + 2] as number;
  data[at] = red + (((color >> 16) & 255) - red) * share;
  data[at + 1] = green + (((color >> 8) & 255) - green) * share;
  data[at + 2] = blue + ((color & 255) - blue) * share;
}
