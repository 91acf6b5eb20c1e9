import { Random } from '../random/random';
import { type Blob, findBlobs, lumaOf, medianPicture } from './blobs';
import { calibrate } from './calibrate';
import { cut, middleCrop, planCrop } from './crop';
import { matchLight } from './match-light';

describe('calibrate', () => {
  const [width, height] = [240, 180];
  /** People seen by a level camera `heightM` up, with the horizon at row `horizon`. */
  function people(heightM: number, horizon: number, n: number): Blob[] {
    const random = new Random('people');
    return Array.from({ length: n }, () => {
      const foot = random.uniform(0.4, 0.95);
      const tall = ((foot - horizon) * 1.7 * random.uniform(0.93, 1.07)) / heightM;
      const left = random.uniform(5, 200);
      const [top, bottom] = [(foot - tall) * height, foot * height - 1];
      const wide = (bottom - top) * 0.4;
      return { left, right: left + wide, top, bottom, area: wide * (bottom - top) * 0.7 };
    }).filter(({ right, top }) => right < width - 3 && top > 2);
  }

  it('finds the camera again from people who walk through its view', () => {
    const { camera, measured } = calibrate(people(5, 0.05, 300), width, height);
    expect(measured).toBeGreaterThan(50);
    expect(camera.heightM).toBeCloseTo(5, 0);
    expect(camera.centerY).toBeCloseTo(0.05, 1);
  });

  it('is not moved by a few wrong shapes', () => {
    const wrong: Blob[] = Array.from({ length: 12 }, (_, i) => ({
      left: 50,
      right: 60,
      top: 20,
      bottom: 60 + i,
      area: 300,
    }));
    const { camera } = calibrate([...people(5, 0.05, 300), ...wrong], width, height);
    expect(camera.heightM).toBeCloseTo(5, 0);
  });

  it('guesses where too little moves, and says so', () => {
    const { camera, measured } = calibrate([], width, height);
    expect(measured).toBe(0);
    expect(camera.heightM).toBe(4);
    expect(Object.values(camera).every(Number.isFinite)).toBe(true);
  });
});

describe('findBlobs', () => {
  it('finds what differs from the median of all pictures', () => {
    const pictures = Array.from({ length: 5 }, (_, t) => {
      const rgb = new Uint8Array(20 * 10 * 3).fill(60);
      for (let y = 2; y < 8; y += 1)
        for (let x = 0; x < 2; x += 1) rgb.fill(220, (y * 20 + 3 * t + x) * 3, (y * 20 + 3 * t + x) * 3 + 3);
      return lumaOf(rgb);
    });
    const [blob, ...rest] = findBlobs(pictures[2] as Uint8Array, medianPicture(pictures), 20, 30);
    expect(blob).toEqual({ left: 6, right: 7, top: 2, bottom: 7, area: 12 });
    expect(rest).toEqual([]);
  });
});

describe('matchLight', () => {
  it('finds levels, tint and noise', () => {
    const random = new Random('light');
    const pictures = Array.from({ length: 6 }, () => {
      const rgb = new Uint8Array(64 * 64 * 3);
      for (let i = 0; i < rgb.length; i += 3) {
        const base = 40 + ((i / 3) % 64) * 2;
        for (const [channel, tint] of [1.1, 1, 0.8].entries()) rgb[i + channel] = base * tint + 2 * random.normal();
      }
      return rgb;
    });
    const light = matchLight(pictures);
    expect(light.noise).toBeGreaterThan(1);
    expect(light.noise).toBeLessThan(3.2);
    expect(light.gain[0]).toBeGreaterThan(light.gain[2]);
    expect(light.lift).toBeGreaterThan(15);
    expect(light.gain[1]).toBeLessThan(0.8);
  });
});

describe('crops', () => {
  it('cut the middle without distorting', () => {
    expect(middleCrop(4 / 3, 1)).toEqual({ left: 0.125, top: 0, width: 0.75, height: 1 });
    expect(middleCrop(0.5, 1)).toEqual({ left: 0, top: 0.25, width: 1, height: 0.5 });
    const plan = planCrop(middleCrop(4 / 3, 1), 6, 6);
    expect(plan).toMatchObject({ scaledWidth: 8, scaledHeight: 6, left: 1, top: 0 });
    const picture = Uint8Array.from({ length: 8 * 6 * 3 }, (_, i) => Math.floor(i / 3) % 8);
    const piece = cut(picture, plan);
    expect(piece).toHaveLength(6 * 6 * 3);
    expect([...piece.subarray(0, 18)]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6]);
  });
});
