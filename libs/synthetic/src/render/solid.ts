import type { Raster, Rgb } from '../raster/raster';
import { shade } from '../raster/raster';
import { polygon } from '../raster/shapes';
import { NEAR_M, type Projector } from '../script/camera';

const corners = new Float64Array(8);

/** A four-cornered face in the world; left out when a corner is behind the camera. */
export function quad(
  raster: Raster,
  projector: Projector,
  points: readonly (readonly [x: number, y: number, z: number])[],
  color: Rgb,
  alpha = 1,
): void {
  for (let i = 0; i < 4; i += 1) {
    const [x, y, z] = points[i] as readonly [number, number, number];
    projector.project(x, y, z);
    if (projector.depth < NEAR_M) return;
    corners[2 * i] = projector.x;
    corners[2 * i + 1] = projector.y;
  }
  polygon(raster, corners, 4, color, alpha);
}

export interface Cuboid {
  x: number;
  /** Of the lower face. */
  y: number;
  z: number;
  /** Along its own forward, up and left. */
  length: number;
  height: number;
  width: number;
  /** Radians from +z towards +x. */
  yaw: number;
  /** How much the upper face is shorter and narrower, 0 … 1. */
  taper?: number;
}

/** Draws the faces of a standing box that are turned to the camera; each side of a house has its own light. */
export function drawCuboid(raster: Raster, projector: Projector, box: Cuboid, color: Rgb): void {
  const [sin, cos] = [Math.sin(box.yaw), Math.cos(box.yaw)];
  const taper = 1 - (box.taper ?? 0);
  const corner = (forward: number, up: 0 | 1, left: number): [number, number, number] => {
    const share = up === 1 ? taper : 1;
    const f = (forward * box.length * share) / 2;
    const l = (left * box.width * share) / 2;
    return [box.x + f * sin - l * cos, box.y + up * box.height, box.z + f * cos + l * sin];
  };
  const { heightM } = projector.camera;
  // Direction from the box to the camera, which stands over the origin.
  const [toX, toZ] = [-box.x, -box.z];
  const faces: [normalX: number, normalZ: number, forward: number, left: number, light: number][] = [
    [sin, cos, 1, 0, 0.82],
    [-sin, -cos, -1, 0, 0.82],
    [-cos, sin, 0, 1, 0.94],
    [cos, -sin, 0, -1, 0.94],
  ];
  for (const [nx, nz, forward, left, light] of faces) {
    const reach = forward !== 0 ? box.length / 2 : box.width / 2;
    if (nx * (toX - nx * reach) + nz * (toZ - nz * reach) <= 0) continue;
    const [a, b]: [[number, number], [number, number]] =
      forward !== 0
        ? [
            [forward, -1],
            [forward, 1],
          ]
        : [
            [-1, left],
            [1, left],
          ];
    // Faces that look to the side get less light than those that look to the camera.
    const facing = light * (0.78 + 0.22 * Math.abs(nz));
    quad(
      raster,
      projector,
      [corner(a[0], 0, a[1]), corner(b[0], 0, b[1]), corner(b[0], 1, b[1]), corner(a[0], 1, a[1])],
      shade(color, facing),
    );
  }
  if (heightM > box.y + box.height) {
    quad(
      raster,
      projector,
      [corner(-1, 1, -1), corner(1, 1, -1), corner(1, 1, 1), corner(-1, 1, 1)],
      shade(color, 1.06),
    );
  }
}
