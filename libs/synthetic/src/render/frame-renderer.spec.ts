import { composeScene } from '../choreography/compose';
import { REPERTOIRE } from '../choreography/repertoire';
import { Random } from '../random/random';
import { EVENT_KINDS, type EventKind, isNormal, KINDS } from '../script/kinds';
import { OPTION_SETS } from '../script/option-sets';
import type { PersonActor, SceneScript } from '../script/scene-script';
import { FrameRenderer } from './frame-renderer';

function scriptOf(kind: EventKind, size: { width: number; height: number } = { width: 56, height: 56 }): SceneScript {
  const scene = OPTION_SETS.find((set) => set.kinds.includes(kind))?.scenes[0] ?? 'street';
  const video = { ...size, fps: 4, frames: 32 };
  const ending = REPERTOIRE[kind].endings?.[0] ?? null;
  return composeScene(
    {
      id: 'a',
      seed: 'render',
      kind,
      scene,
      place: 'near-right',
      onsetSec: 2,
      ending,
      palette: ['red', 'blue', 'green', 'white'],
      mainColor: 'red',
      video,
    },
    new Random('render'),
  );
}

function framesOf(script: SceneScript): Uint8ClampedArray[] {
  const renderer = new FrameRenderer(script);
  return Array.from({ length: script.video.frames }, (_, i) => renderer.render(i).data.slice());
}

const differing = (a: ArrayLike<number>, b: ArrayLike<number>, by = 40): number => {
  let count = 0;
  for (let i = 0; i < a.length; i += 1) if (Math.abs((a[i] as number) - (b[i] as number)) > by) count += 1;
  return count;
};

describe('FrameRenderer', () => {
  it('draws the same bytes again, also from a script that was written and read', () => {
    const script = scriptOf('fighting');
    expect(framesOf(JSON.parse(JSON.stringify(script)) as SceneScript)).toEqual(framesOf(script));
  });

  it.each([
    [56, 56],
    [57, 61],
    [160, 120],
    [63, 112],
  ])('draws pictures of %d × %d', (width, height) => {
    const frames = framesOf(scriptOf('robbery', { width, height }));
    expect(frames[0]).toHaveLength(width * height * 3);
    expect(differing(frames[4] ?? [], frames[12] ?? [])).toBeGreaterThan(30);
  });

  it.each(EVENT_KINDS.filter((kind) => !isNormal(kind)))('shows %s moving otherwise than its look-alike', (kind) => {
    // The same seed: the same place, light and people, so that what differs is what they do.
    const [a, b] = [framesOf(scriptOf(kind)), framesOf(scriptOf(KINDS[kind].lookAlike))];
    const most = Math.max(...a.map((frame, i) => differing(frame, b[i] ?? [])));
    expect(most).toBeGreaterThan(60);
  });

  it('hides what is farther behind what is nearer', () => {
    const base = scriptOf('waiting');
    const stand = (id: string, top: 'red' | 'green', z: number): PersonActor => ({
      id,
      role: 'bystander',
      look: { top, trousers: 'black', skin: 0, hair: 0, heightM: 1.75, build: 1 },
      acts: [{ act: 'stand', startSec: 0, endSec: 8, from: [0, z], to: [0, z], facing: Math.PI }],
    });
    const light = { ...base.light, gain: [1, 1, 1] as const, lift: 0, noise: 0, flicker: 0 };
    const camera = { ...base.camera, yaw: 0 };
    const shown = (order: readonly PersonActor[]): Uint8ClampedArray =>
      new FrameRenderer({ ...base, camera, light, people: order, props: [], effects: [] }).render(0).data.slice();
    const [near, far] = [stand('n', 'green', 7), stand('f', 'red', 7.3)];
    const picture = shown([near, far]);
    // Whoever comes first in the list, depth decides; overlapping shadows may differ by rounding.
    expect(differing(shown([far, near]), picture, 2)).toBe(0);
    const count = (channel: 0 | 1): number => {
      let pixels = 0;
      for (let at = 0; at < picture.length; at += 3) {
        const [red, green] = [picture[at] as number, picture[at + 1] as number];
        if (channel === 0 ? red > green + 60 : green > red + 60) pixels += 1;
      }
      return pixels;
    };
    expect(count(1)).toBeGreaterThan(3 * count(0));
  });

  it('draws over real pictures, and leaves alone what it does not draw upon', () => {
    const script: SceneScript = { ...scriptOf('hugging'), scene: 'footage' };
    const behind = new Uint8Array(56 * 56 * 3).fill(90);
    const picture = new FrameRenderer(script).render(10, behind).data;
    const changed = differing(picture, behind, 0) / picture.length;
    expect(changed).toBeGreaterThan(0.01);
    expect(changed).toBeLessThan(0.5);
    expect(() => new FrameRenderer(script).render(0, new Uint8Array(3))).toThrow(
      'expected 9408 bytes of picture behind, received 3',
    );
  });
});
