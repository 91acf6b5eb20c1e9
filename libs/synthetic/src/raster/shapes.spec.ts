import { createRaster, type Raster, rgb } from './raster';
import { capsule, ellipse, glow, polygon } from './shapes';

const WHITE = rgb(255, 255, 255);
const at = (raster: Raster, x: number, y: number): number => raster.data[(y * raster.width + x) * 3] as number;
const lit = (raster: Raster): number => raster.data.reduce((sum, value) => sum + value, 0) / 3 / 255;

describe('shapes', () => {
  it('cover the area that they have', () => {
    const disc = createRaster(64, 64);
    capsule(disc, 32, 32, 32, 32, 10, WHITE);
    expect(lit(disc)).toBeCloseTo(Math.PI * 100, -1);
    const line = createRaster(64, 64);
    capsule(line, 12, 32, 52, 32, 5, WHITE);
    expect(lit(line)).toBeCloseTo(40 * 10 + Math.PI * 25, -1);
    const oval = createRaster(64, 64);
    ellipse(oval, 32, 32, 20, 10, WHITE);
    expect(lit(oval) / (Math.PI * 200)).toBeCloseTo(1, 1);
    const square = createRaster(64, 64);
    polygon(square, [10, 10, 30, 10, 30, 30, 10, 30], 4, WHITE);
    expect(lit(square)).toBeCloseTo(400, -1);
  });

  it('give a polygon the same area in both senses of rotation', () => {
    const [a, b] = [createRaster(20, 20), createRaster(20, 20)];
    polygon(a, [3, 3, 15, 4, 9, 16], 3, WHITE);
    polygon(b, [9, 16, 15, 4, 3, 3], 3, WHITE);
    expect(a.data).toEqual(b.data);
  });

  it('leave out what lies outside of the picture', () => {
    const raster = createRaster(9, 7);
    capsule(raster, -100, -100, 100, 100, 2, WHITE);
    ellipse(raster, 1e6, 3, 10, 10, WHITE);
    polygon(raster, [-50, -50, -40, -50, -40, -40], 3, WHITE);
    glow(raster, -3, -3, 5, WHITE, 1);
    expect(at(raster, 3, 3)).toBe(255);
    expect(at(raster, 8, 0)).toBe(0);
  });

  it('make thin lines faint, not wide', () => {
    const raster = createRaster(20, 20);
    capsule(raster, 2, 10.5, 18, 10.5, 0.1, WHITE);
    expect(at(raster, 10, 10)).toBeGreaterThan(20);
    expect(at(raster, 10, 10)).toBeLessThan(120);
    expect(at(raster, 10, 12)).toBe(0);
  });
});
