import { rgb, type Rgb } from '../raster/raster';
import type { ClothingColor, PersonLook } from '../script/scene-script';

export const CLOTHING: Readonly<Record<ClothingColor, Rgb>> = {
  red: rgb(214, 36, 36),
  blue: rgb(38, 84, 214),
  green: rgb(30, 160, 60),
  yellow: rgb(240, 208, 40),
  white: rgb(242, 242, 240),
  black: rgb(28, 28, 32),
  purple: rgb(150, 50, 190),
  grey: rgb(128, 130, 134),
  brown: rgb(122, 88, 58),
};

export const TROUSERS: Readonly<Record<PersonLook['trousers'], Rgb>> = {
  navy: rgb(40, 48, 82),
  grey: rgb(92, 94, 98),
  brown: rgb(92, 68, 48),
  black: rgb(38, 38, 42),
  beige: rgb(176, 158, 124),
};

export const SKINS: readonly Rgb[] = [rgb(236, 196, 166), rgb(206, 156, 118), rgb(150, 102, 70), rgb(98, 66, 46)];
export const HAIRS: readonly Rgb[] = [rgb(40, 30, 26), rgb(92, 62, 36), rgb(168, 130, 74), rgb(120, 118, 116)];
