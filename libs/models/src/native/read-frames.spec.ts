import { streamFrames } from '@srvau/video';
import { clip } from '../../test/tiny-model';
import { readFrames } from './read-frames';

const PLENTY = { maxFrames: 768, maxBytes: 2 ** 30 };

describe('readFrames', () => {
  it('gives the frames of the sampler, side by side', async () => {
    const frames = await readFrames(clip('lawn_crossing'), { fps: 0.5, ...PLENTY });
    expect({ ...frames, data: frames.data.length }).toEqual({
      ...{ count: 4, height: 240, width: 320, fps: 0.5 },
      data: 4 * 240 * 320 * 3,
    });
    let at = 0;
    for await (const { data } of streamFrames(clip('lawn_crossing'), { fps: 0.5 })) {
      expect(Buffer.compare(frames.data.subarray(at, at + data.length), data)).toBe(0);
      at += data.length;
    }
  });

  it('takes fewer frames of a long video, over its whole length', async () => {
    const { count, fps } = await readFrames(clip('tree_hand'), { ...PLENTY, fps: 10, maxFrames: 9 });
    expect(count).toBe(9);
    expect(count / fps).toBeCloseTo(12, -1);
    expect(fps).toBeCloseTo(8.5 / 12, 2);
  });

  it('scales pictures down that would not fit', async () => {
    const { count, height, width, data } = await readFrames(clip('tree_hand'), {
      ...PLENTY,
      fps: 1,
      maxBytes: 700_000,
    });
    expect({ count, height, width }).toEqual({ count: 12, height: 120, width: 161 });
    expect(data.length).toBeLessThanOrEqual(700_000);
  });

  it('names the fault of a file', async () => {
    await expect(readFrames(__filename, { fps: 1, ...PLENTY })).rejects.toMatchObject({ fault: 'not-a-video' });
  });
});
