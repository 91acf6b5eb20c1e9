import { Random } from '../random/random';
import type { Light } from '../script/scene-script';
import type { Raster } from '../raster/raster';

const TABLE_LENGTH = 1 << 14;

/** Deviates of a normal distribution, standard deviation 32, made once. */
const TABLE = ((): Int8Array => {
  const random = new Random('sensor-noise');
  return Int8Array.from({ length: TABLE_LENGTH }, () =>
    Math.max(-127, Math.min(127, Math.round(random.normal() * 32))),
  );
})();

/** Brightness and noise of one exposure. Rows take their noise from random places of one table: no drawing a pixel. */
export class Sensor {
  private readonly gained = new Uint8ClampedArray(256);
  private readonly scaled = new Int16Array(TABLE_LENGTH);

  constructor(
    private readonly light: Light,
    private readonly random: Random,
  ) {
    const factor = light.noise / 32;
    for (let i = 0; i < TABLE_LENGTH; i += 1) this.scaled[i] = Math.round((TABLE[i] as number) * factor);
  }

  /** Noise for what was drawn over a real picture, which has its own. In place. */
  exposeDrawn(raster: Raster, behind: Uint8Array): void {
    const { data } = raster;
    const { scaled, random } = this;
    let from = random.uint32() & (TABLE_LENGTH - 1);
    for (let at = 0; at < data.length; at += 3) {
      from = (from + 1) & (TABLE_LENGTH - 1);
      if (data[at] === behind[at] && data[at + 1] === behind[at + 1] && data[at + 2] === behind[at + 2]) continue;
      const noise = scaled[from] as number;
      data[at] = (data[at] as number) + noise;
      data[at + 1] = (data[at + 1] as number) + noise;
      data[at + 2] = (data[at + 2] as number) + noise;
    }
  }

  /** The whole picture, in place. */
  expose(raster: Raster): void {
    const { data, width, height } = raster;
    const { gained, scaled, light, random } = this;
    const gain = 1 + light.flicker * random.normal() * 0.5;
    for (let value = 0; value < 256; value += 1) gained[value] = value * gain;
    let at = 0;
    for (let y = 0; y < height; y += 1) {
      let from = random.uint32() & (TABLE_LENGTH - 1);
      for (let x = 0; x < width; x += 1) {
        const noise = scaled[from] as number;
        from = (from + 1) & (TABLE_LENGTH - 1);
        data[at] = (gained[data[at] as number] as number) + noise;
        data[at + 1] = (gained[data[at + 1] as number] as number) + noise;
        data[at + 2] = (gained[data[at + 2] as number] as number) + noise;
        at += 3;
      }
    }
  }
}
