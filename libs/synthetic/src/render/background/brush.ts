import type { Random } from '../../random/random';
import { type Raster, type Rgb, shade } from '../../raster/raster';
import type { Projector } from '../../script/camera';
import { quad } from '../solid';

/** Paints the still parts of a scene: flat pieces of ground and of upright walls. */
export class Brush {
  constructor(
    readonly raster: Raster,
    readonly projector: Projector,
    readonly random: Random,
  ) {}

  fill(color: Rgb): void {
    const { data } = this.raster;
    for (let at = 0; at < data.length; at += 3) {
      data[at] = color >> 16;
      data[at + 1] = (color >> 8) & 255;
      data[at + 2] = color & 255;
    }
  }

  ground(x0: number, x1: number, z0: number, z1: number, color: Rgb, alpha = 1): void {
    quad(
      this.raster,
      this.projector,
      [
        [x0, 0, z0],
        [x1, 0, z0],
        [x1, 0, z1],
        [x0, 0, z1],
      ],
      color,
      alpha,
    );
  }

  /** Parallel to the picture, at depth `z`. */
  wall(x0: number, x1: number, y0: number, y1: number, z: number, color: Rgb, alpha = 1): void {
    quad(
      this.raster,
      this.projector,
      [
        [x0, y0, z],
        [x1, y0, z],
        [x1, y1, z],
        [x0, y1, z],
      ],
      color,
      alpha,
    );
  }

  /** A shade of `color` that differs from scene to scene. */
  vary(color: Rgb, share = 0.12): Rgb {
    return shade(color, ...this.factors(share));
  }

  private factors(share: number): [number, number, number] {
    const base = 1 + this.random.uniform(-share, share);
    const tone = (): number => base * (1 + this.random.uniform(-share, share) * 0.4);
    return [tone(), tone(), tone()];
  }

  /** Unevenness of surfaces, and darker corners. */
  finish(vignette: number): void {
    const { width, height, data } = this.raster;
    for (let y = 0; y < height; y += 1) {
      const dy = (y + 0.5) / height - 0.5;
      for (let x = 0; x < width; x += 1) {
        const dx = (x + 0.5) / width - 0.5;
        const factor = 1 - vignette * 2 * (dx * dx + dy * dy);
        const grain = (this.random.uint32() & 7) - 3.5;
        const at = (y * width + x) * 3;
        for (let channel = 0; channel < 3; channel += 1) {
          data[at + channel] = ((data[at + channel] as number) + grain) * factor;
        }
      }
    }
  }
}
