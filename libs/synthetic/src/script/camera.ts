import type { Camera, Point } from './scene-script';

/** Nearer than this to the camera's plane nothing is drawn, metres. */
export const NEAR_M = 0.4;

/** A camera made ready for one picture size. */
export class Projector {
  /** Of the point projected last. */
  x = 0;
  y = 0;
  /** Metres along the optical axis; below `NEAR_M` the point is behind, or too near to, the camera. */
  depth = 0;
  /** Pixels a metre at that depth. */
  scale = 0;

  readonly focalPx: number;
  readonly centerX: number;
  readonly centerY: number;
  private readonly sinPitch: number;
  private readonly cosPitch: number;
  private readonly sinYaw: number;
  private readonly cosYaw: number;

  constructor(
    readonly camera: Camera,
    readonly width: number,
    readonly height: number,
  ) {
    this.focalPx = camera.focal * height;
    this.centerX = width / 2;
    this.centerY = camera.centerY * height;
    this.sinPitch = Math.sin(camera.pitch);
    this.cosPitch = Math.cos(camera.pitch);
    this.sinYaw = Math.sin(camera.yaw);
    this.cosYaw = Math.cos(camera.yaw);
  }

  /** World metres → `x`, `y`, `depth`, `scale`. */
  project(x: number, y: number, z: number): void {
    const right = x * this.cosYaw - z * this.sinYaw;
    const ahead = x * this.sinYaw + z * this.cosYaw;
    const up = y - this.camera.heightM;
    this.depth = ahead * this.cosPitch - up * this.sinPitch;
    this.scale = this.focalPx / Math.max(this.depth, NEAR_M);
    this.x = this.centerX + right * this.scale;
    this.y = this.centerY - (up * this.cosPitch + ahead * this.sinPitch) * this.scale;
  }
}

/** Half of the ground's width in view at `z`, metres, without yaw. */
export function halfWidthAt(camera: Camera, aspect: number, z: number): number {
  const depth = z * Math.cos(camera.pitch) + camera.heightM * Math.sin(camera.pitch);
  return (depth * aspect) / 2 / camera.focal;
}

/** x in metres of a ground point at depth `z` that lies at `across` (−1 left edge … 1 right edge) of the picture. */
export function acrossAt(camera: Camera, aspect: number, z: number, across: number): number {
  // With yaw the point on the ray solves right = s · depth for x.
  const s = (across * aspect) / 2 / camera.focal;
  const [sin, cos] = [Math.sin(camera.yaw), Math.cos(camera.yaw)];
  const lift = camera.heightM * Math.sin(camera.pitch);
  const cosPitch = Math.cos(camera.pitch);
  // x·cos − z·sin = s·((x·sin + z·cos)·cosPitch + lift)
  return (z * sin + s * (z * cos * cosPitch + lift)) / (cos - s * sin * cosPitch);
}

export const distance = (a: Point, b: Point): number => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** Direction from `a` to `b`, radians from +z towards +x. */
export const headingOf = (a: Point, b: Point): number => Math.atan2(b[0] - a[0], b[1] - a[1]);

/** The point `meters` before `to` on the way from `from`; beyond `from` where the way is shorter. */
export function before(to: Point, from: Point, meters: number): Point {
  const length = distance(from, to);
  if (length < 1e-9) return [to[0] - meters, to[1]];
  const share = meters / length;
  return [to[0] + (from[0] - to[0]) * share, to[1] + (from[1] - to[1]) * share];
}
