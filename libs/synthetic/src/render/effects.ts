import { rgb, type Raster } from '../raster/raster';
import { capsule, ellipse, glow } from '../raster/shapes';
import { NEAR_M, type Projector } from '../script/camera';
import type { Effect } from '../script/scene-script';
import { sizeAt } from './keys';

const ORANGE = rgb(255, 138, 24);
const YELLOW = rgb(255, 222, 90);
const RED = rgb(226, 64, 16);
const SMOKE = rgb(70, 70, 74);
const WATER = rgb(120, 150, 178);

/** A number in [0, 1) that depends on nothing but its arguments. */
const scatter = (i: number, salt: number): number => {
  const value = Math.sin(i * 127.1 + salt * 311.7) * 43758.5453;
  return value - Math.floor(value);
};

/** Effects that lie on the ground, below people. */
export function drawGroundEffect(raster: Raster, projector: Projector, effect: Effect, sec: number): void {
  const size = sizeAt(effect.keys, sec);
  if (effect.type !== 'puddle' || size <= 0) return;
  projector.project(effect.at[0], 0, effect.at[2]);
  if (projector.depth < NEAR_M) return;
  const { x, y, scale } = projector;
  const flat = 0.25 + Math.sin(projector.camera.pitch) * 0.35;
  ellipse(raster, x, y, size * scale, size * flat * scale, WATER, 0.8, 0.15);
  ellipse(
    raster,
    x - size * scale * 0.2,
    y - size * flat * scale * 0.2,
    size * scale * 0.45,
    size * flat * scale * 0.3,
    rgb(205, 222, 236),
    0.6,
    0.4,
  );
}

/** Effects that stand in the scene, such as flames. */
export function drawEffect(raster: Raster, projector: Projector, effect: Effect, sec: number): void {
  const size = sizeAt(effect.keys, sec);
  if (size <= 0) return;
  projector.project(...effect.at);
  if (projector.depth < NEAR_M) return;
  const { x, y, scale } = projector;
  switch (effect.type) {
    case 'flame':
      drawFlame(raster, x, y, size * scale, sec);
      break;
    case 'smoke':
      drawSmoke(raster, x, y, size * scale, sec);
      break;
    case 'blast':
      glow(raster, x, y, size * scale * 1.8, YELLOW, 0.9);
      for (let i = 0; i < 7; i += 1) {
        const angle = scatter(i, 1) * 2 * Math.PI;
        const away = size * scale * 0.55 * scatter(i, 2);
        const radius = size * scale * (0.35 + 0.35 * scatter(i, 3));
        ellipse(
          raster,
          x + Math.cos(angle) * away,
          y - Math.sin(angle) * away * 0.8,
          radius,
          radius,
          i % 2 === 0 ? ORANGE : RED,
          0.85,
          0.5,
        );
      }
      ellipse(raster, x, y, size * scale * 0.5, size * scale * 0.5, YELLOW, 0.9, 0.6);
      break;
    case 'cracks':
      for (let i = 0; i < 9; i += 1) {
        const angle = (i / 9) * 2 * Math.PI + scatter(i, 4);
        const length = size * scale * (0.5 + 0.5 * scatter(i, 5));
        capsule(
          raster,
          x,
          y,
          x + Math.cos(angle) * length,
          y + Math.sin(angle) * length,
          Math.max(0.35, 0.018 * scale),
          rgb(16, 18, 22),
          0.9,
        );
      }
      ellipse(raster, x, y, size * scale * 0.35, size * scale * 0.35, rgb(14, 16, 20), 0.9, 0.3);
      break;
    case 'paint':
      drawPaint(raster, x, y, size * scale, scale, effect.color);
      break;
    case 'impact':
      for (let i = 0; i < 6; i += 1) {
        const angle = Math.PI * (i / 5);
        const radius = size * scale * 0.3;
        ellipse(
          raster,
          x + Math.cos(angle) * size * scale,
          y - Math.sin(angle) * size * scale * 0.4,
          radius,
          radius,
          rgb(190, 184, 172),
          0.6,
          0.9,
        );
      }
      break;
    case 'flash':
    case 'puddle':
      break;
  }
}

/** Brightness that lamps add to the whole picture and around themselves. */
export function drawFlash(raster: Raster, projector: Projector, effect: Effect, sec: number): void {
  if (effect.type !== 'flash') return;
  const strength = sizeAt(effect.keys, sec);
  if (strength <= 0) return;
  projector.project(...effect.at);
  if (projector.depth < NEAR_M) return;
  glow(raster, projector.x, projector.y, 2.6 * projector.scale, rgb(255, 250, 228), strength);
  glow(raster, projector.x, projector.y, 0.5 * projector.scale, rgb(255, 255, 245), strength);
}

/** Tongues that rise and flicker; `size` is the flame's height in pixels. */
function drawFlame(raster: Raster, x: number, y: number, size: number, sec: number): void {
  glow(raster, x, y - size * 0.4, size * 1.3, ORANGE, 0.35 + 0.1 * Math.sin(sec * 23));
  for (let i = 0; i < 6; i += 1) {
    const rise = (sec * (1.1 + 0.5 * scatter(i, 6)) + scatter(i, 7)) % 1;
    const sway = 0.22 * Math.sin(sec * 9 + i * 2.1);
    const radius = size * (0.3 * (1 - rise) + 0.05);
    ellipse(
      raster,
      x + size * ((scatter(i, 8) - 0.5) * 0.55 + sway * rise),
      y - size * rise * 0.95,
      radius * 0.75,
      radius * 1.25,
      rise < 0.35 ? ORANGE : RED,
      0.85 * (1 - rise * 0.5),
      0.6,
    );
  }
  ellipse(raster, x, y - size * 0.18, size * 0.2, size * 0.3, YELLOW, 0.9, 0.6);
}

/** Puffs that rise and widen; `size` is the radius of the widest in pixels. */
function drawSmoke(raster: Raster, x: number, y: number, size: number, sec: number): void {
  for (let i = 0; i < 6; i += 1) {
    const rise = (sec * 0.35 + i / 6) % 1;
    const radius = size * (0.25 + 0.6 * rise);
    ellipse(
      raster,
      x + size * 0.7 * rise * Math.sin(i * 1.7 + sec * 0.6),
      y - size * 2.2 * rise,
      radius,
      radius * 0.85,
      SMOKE,
      0.55 * (1 - rise),
      0.8,
    );
  }
}

/** A zigzag, as long as `size`. */
function drawPaint(raster: Raster, x: number, y: number, size: number, scale: number, color: number): void {
  const strokes = 7;
  const step = (0.9 * scale) / strokes;
  const drawn = Math.min(strokes, (size / (0.9 * scale)) * strokes);
  const high = 0.34 * scale;
  for (let i = 0; i < drawn; i += 1) {
    const part = Math.min(1, drawn - i);
    const sense = i % 2 === 0 ? 1 : -1;
    const x0 = x - 0.45 * scale + i * step;
    capsule(
      raster,
      x0,
      y + sense * high,
      x0 + step * part,
      y + sense * high * (1 - 2 * part),
      Math.max(0.7, 0.06 * scale),
      color,
    );
  }
}
