import { rgb } from '../../raster/raster';
import type { SceneType } from '../../script/scene-script';
import type { Brush } from './brush';

/** Depth at which a scene's ground ends, metres: walls stand there. */
export const BACK_Z = 14;
/** Far beyond both sides of the picture, metres. */
const WIDE = 40;

/** Lanes of scenes with traffic: depth of their middle, and the sense in which cars drive (+1 to the right). */
export const LANES = { near: { z: 7.4, sense: 1 }, far: { z: 10.2, sense: -1 } } as const;

export const PAINTERS: Readonly<Record<Exclude<SceneType, 'footage'>, (brush: Brush) => void>> = {
  street: paintStreet,
  corridor: paintCorridor,
  'car-park': paintCarPark,
  shop: paintShop,
  plaza: paintPlaza,
};

function paintStreet(brush: Brush): void {
  const { random } = brush;
  brush.fill(brush.vary(rgb(150, 146, 138)));
  const road = brush.vary(rgb(88, 88, 92));
  brush.ground(-WIDE, WIDE, 5.9, 11.7, road);
  brush.ground(-WIDE, WIDE, 5.75, 5.95, rgb(190, 188, 182));
  brush.ground(-WIDE, WIDE, 11.65, 11.85, rgb(178, 176, 172));
  const offset = random.uniform(0, 3);
  for (let x = -15; x < 15; x += 3) brush.ground(x + offset, x + offset + 1.5, 8.72, 8.9, rgb(226, 224, 214));
  facade(brush, brush.vary(rgb(156, 124, 104), 0.25), 3.2, rgb(70, 84, 98));
}

function facade(brush: Brush, color: number, every: number, glass: number): void {
  brush.wall(-WIDE, WIDE, 0, 30, BACK_Z, color);
  const offset = brush.random.uniform(0, every);
  for (let x = -18 + offset; x < 18; x += every) {
    brush.wall(x, x + every * 0.5, 0.9, 2.4, BACK_Z - 0.01, glass);
    brush.wall(x, x + every * 0.5, 3.6, 5.1, BACK_Z - 0.01, glass);
  }
}

function paintCorridor(brush: Brush): void {
  const { random } = brush;
  brush.fill(brush.vary(rgb(168, 172, 170)));
  for (let z = 3; z < BACK_Z; z += 1.6) brush.ground(-WIDE, WIDE, z, z + 0.05, rgb(140, 144, 142), 0.7);
  const wall = brush.vary(rgb(206, 204, 190), 0.15);
  brush.wall(-WIDE, WIDE, 0, 30, BACK_Z, wall);
  brush.wall(-WIDE, WIDE, 0, 0.2, BACK_Z - 0.01, rgb(104, 100, 96));
  const door = brush.vary(rgb(112, 86, 66), 0.3);
  const offset = random.uniform(0, 4);
  for (let x = -16 + offset; x < 16; x += 4) {
    brush.wall(x, x + 1.2, 0, 2.1, BACK_Z - 0.02, door);
    brush.wall(x + 1.02, x + 1.1, 0.95, 1.05, BACK_Z - 0.03, rgb(220, 210, 160));
    brush.wall(x + 2, x + 3, 1.2, 1.9, BACK_Z - 0.02, brush.vary(rgb(150, 170, 190), 0.3));
  }
  // Lamps mirrored in the polished floor.
  for (let x = -9 + offset; x < 9; x += 3) brush.ground(x, x + 0.7, 6, BACK_Z, rgb(214, 216, 214), 0.35);
}

function paintCarPark(brush: Brush): void {
  const { random } = brush;
  brush.fill(brush.vary(rgb(104, 106, 108)));
  const line = rgb(214, 214, 204);
  const offset = random.uniform(0, 2.6);
  for (let x = -18.2 + offset; x < 18; x += 2.6) {
    brush.ground(x, x + 0.1, 11.8, BACK_Z - 0.2, line);
    brush.ground(x, x + 0.1, 2.6, 5.6, line);
  }
  for (let x = -15; x < 15; x += 3.4) brush.ground(x + offset, x + offset + 1.1, 8.75, 8.85, line, 0.7);
  brush.wall(-WIDE, WIDE, 0, 30, BACK_Z + 1.5, brush.vary(rgb(172, 190, 204), 0.15));
  brush.wall(-WIDE, WIDE, 0, 1.1, BACK_Z, brush.vary(rgb(132, 132, 126), 0.2));
  for (let x = -16 + offset; x < 16; x += 5) brush.wall(x, x + 0.15, 1.1, 8, BACK_Z + 0.5, rgb(84, 86, 90));
}

function paintShop(brush: Brush): void {
  const { random } = brush;
  brush.fill(brush.vary(rgb(196, 190, 178)));
  for (let z = 3; z < BACK_Z; z += 1) brush.ground(-WIDE, WIDE, z, z + 0.04, rgb(170, 164, 152), 0.8);
  for (let x = -12; x < 12; x += 1) brush.ground(x, x + 0.04, 3, BACK_Z, rgb(170, 164, 152), 0.8);
  brush.wall(-WIDE, WIDE, 0, 30, BACK_Z, brush.vary(rgb(216, 214, 206)));
  // Pale: no colour here may be taken for that of somebody's clothes.
  const goods = [rgb(178, 142, 132), rgb(138, 152, 168), rgb(190, 178, 140), rgb(146, 160, 138), rgb(184, 178, 170)];
  brush.wall(-12, 12, 0, 2.4, BACK_Z - 0.3, rgb(122, 108, 92));
  for (let shelf = 0; shelf < 4; shelf += 1) {
    const y = 0.15 + shelf * 0.58;
    for (let x = -12; x < 12;) {
      const width = random.uniform(0.25, 0.8);
      brush.wall(x, x + width, y, y + random.uniform(0.28, 0.45), BACK_Z - 0.32, brush.vary(random.pick(goods), 0.15));
      x += width + 0.05;
    }
  }
}

function paintPlaza(brush: Brush): void {
  const { random } = brush;
  brush.fill(brush.vary(rgb(176, 164, 146)));
  for (let z = 2.5; z < BACK_Z; z += 1.3) brush.ground(-WIDE, WIDE, z, z + 0.06, rgb(150, 138, 120), 0.7);
  for (let x = -14; x < 14; x += 1.9) brush.ground(x, x + 0.06, 2.5, BACK_Z, rgb(150, 138, 120), 0.6);
  brush.ground(-WIDE, WIDE, 12.2, BACK_Z, brush.vary(rgb(98, 136, 74), 0.2));
  brush.wall(-WIDE, WIDE, 0, 30, BACK_Z, brush.vary(rgb(176, 198, 214), 0.1));
  for (let x = -16 + random.uniform(0, 2); x < 16; x += random.uniform(1.6, 3.2)) {
    brush.wall(x + 0.55, x + 0.75, 0, 1.6, BACK_Z - 0.1, rgb(92, 72, 52));
    brush.wall(x, x + 1.3, 1.1, random.uniform(2.4, 3.6), BACK_Z - 0.12, brush.vary(rgb(62, 110, 56), 0.25));
  }
}
