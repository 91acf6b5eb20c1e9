import { rgb, type Raster, type Rgb, shade } from '../raster/raster';
import { ellipse } from '../raster/shapes';
import { NEAR_M, type Projector } from '../script/camera';
import type { Light, Vehicle } from '../script/scene-script';
import { CLOTHING } from './palette';
import { drawCuboid } from './solid';

/** Metres; a little smaller than life, so that two of them and a gap are in view. */
export const VEHICLE_SIZE = {
  car: { length: 3.5, width: 1.6, body: 0.75, cabin: 0.6, cabinLength: 1.9 },
  van: { length: 4.1, width: 1.7, body: 0.8, cabin: 1.1, cabinLength: 3.6 },
} as const;

const GLASS = rgb(58, 72, 86);
const TYRE = rgb(22, 22, 24);

export interface VehicleState {
  x: number;
  z: number;
  yaw: number;
}

export function vehicleAt(vehicle: Vehicle, sec: number): VehicleState {
  const { keys } = vehicle;
  const next = keys.findIndex((key) => key.sec > sec);
  const b = keys[next === -1 ? keys.length - 1 : next];
  const a = keys[next === -1 ? keys.length - 1 : Math.max(0, next - 1)];
  if (a === undefined || b === undefined) throw new RangeError(`vehicle ${vehicle.id}: expected at least one key`);
  const share = b.sec > a.sec ? Math.min(1, Math.max(0, (sec - a.sec) / (b.sec - a.sec))) : 1;
  return {
    x: a.at[0] + (b.at[0] - a.at[0]) * share,
    z: a.at[1] + (b.at[1] - a.at[1]) * share,
    yaw: a.yaw + (b.yaw - a.yaw) * share,
  };
}

export function drawVehicle(
  raster: Raster,
  projector: Projector,
  vehicle: Vehicle,
  state: VehicleState,
  light: Light,
  tint: (color: Rgb) => Rgb,
): void {
  const size = VEHICLE_SIZE[vehicle.type];
  const { x, z, yaw } = state;
  const color = tint(CLOTHING[vehicle.color]);
  const [sin, cos] = [Math.sin(yaw), Math.cos(yaw)];
  projector.project(x, 0, z);
  if (projector.depth < NEAR_M) return;
  const acrossPx = (Math.abs(sin) * size.length + Math.abs(cos) * size.width) * 0.56 * projector.scale;
  ellipse(raster, projector.x, projector.y, acrossPx, acrossPx * 0.3, 0, light.shadow * 1.3, 0.5);
  const wheels = (near: boolean): void => {
    for (const forward of [-0.31, 0.31]) {
      for (const left of [-0.5, 0.5]) {
        const wx = x + forward * size.length * sin - left * size.width * cos;
        const wz = z + forward * size.length * cos + left * size.width * sin;
        if (wz < z !== near) continue;
        projector.project(wx, 0.28, wz);
        const radius = 0.31 * projector.scale;
        ellipse(raster, projector.x, projector.y, radius * (0.35 + 0.65 * Math.abs(sin)), radius, tint(TYRE));
      }
    }
  };
  wheels(false);
  const base = { x, z, yaw, y: 0.25 };
  drawCuboid(raster, projector, { ...base, length: size.length, width: size.width, height: size.body - 0.15 }, color);
  wheels(true);
  const back = vehicle.type === 'car' ? -0.06 * size.length : 0;
  drawCuboid(
    raster,
    projector,
    {
      x: x + back * sin,
      z: z + back * cos,
      yaw,
      y: size.body + 0.1,
      length: size.cabinLength,
      width: size.width * 0.92,
      height: size.cabin,
      taper: 0.22,
    },
    vehicle.type === 'car' ? tint(GLASS) : shade(color, 0.95),
  );
  if (vehicle.type === 'car') {
    const roof = { x: x + back * sin, z: z + back * cos, yaw, y: size.body + 0.1 + size.cabin - 0.1 };
    drawCuboid(
      raster,
      projector,
      { ...roof, length: size.cabinLength * 0.8, width: size.width * 0.74, height: 0.1 },
      color,
    );
  }
}
