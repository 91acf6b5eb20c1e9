import { expectedIds, framesOf, idOfPixels, idsOfPictures, makeClip } from '../../test/clips';
import { ffmpeg, temporaryDirectory } from '../../test/media';
import { sampleFrames } from './sample-frames';
import { streamFrames } from './stream-frames';

const temporary = temporaryDirectory();

/** Bursts, a gap of 3.5 s, frames exactly on a whole second and one millisecond beside it. */
const UNEVEN_MS = [0, 400, 900, 1000, 1001, 4500, 4600, 6999, 7000, 8300];

const every = (stepMs: number, count: number): number[] => Array.from({ length: count }, (_, i) => i * stepMs);

async function sampledIds(file: string, fps: number): Promise<number[]> {
  const out = `${file}-at-${fps}`;
  const { frames } = await sampleFrames(file, out, { fps });
  expect(frames.map((frame) => frame.timeSec)).toEqual(frames.map((_, k) => k / fps));
  return idsOfPictures(out);
}

/** Checks every sample up to the time of the last source frame; how long that one stays is checked further down. */
async function expectByDefinition(file: string, rates: number[]): Promise<void> {
  const source = await framesOf(file);
  for (const fps of rates) {
    const expected = expectedIds(source, fps);
    const sampled = await sampledIds(file, fps);
    expect({ fps, ids: sampled.slice(0, expected.length) }).toEqual({ fps, ids: expected });
  }
}

describe('frame k is the last source frame with pts ≤ k/fps', () => {
  it.each([
    ['mp4', []],
    ['fragmented.mp4', ['-movflags', 'frag_keyframe+empty_moov']],
    ['mkv', []],
    ['ts', []],
    ['flv', []],
    ['mov', ['-c:v', 'mpeg4', '-q:v', '2']],
    ['webm', ['-c:v', 'libvpx-vp9', '-lossless', '1', '-deadline', 'realtime', '-bf', '0']],
  ])('at a variable rate in %s', async (extension, options) => {
    const file = temporary.path(`uneven.${extension}`);
    await makeClip(file, UNEVEN_MS, options);
    await expectByDefinition(file, [1, 29.97]);
  });

  it('at a constant rate in avi', async () => {
    const file = temporary.path('even.avi');
    await makeClip(file, every(125, 40), ['-r', '8', '-bf', '0']);
    await expectByDefinition(file, [1, 3]);
  });

  it('when the rate is no divisor of the source rate', async () => {
    const file = temporary.path('ntsc.mp4');
    await makeClip(file, every(40, 45), ['-bsf:v', 'setts=ts=TS*1001/1000', '-video_track_timescale', '30000']);
    await expectByDefinition(file, [7, 12.5]);
  });

  it('when the first frame comes late: after the audio, or with an offset of the whole file', async () => {
    const source = temporary.path('source.mp4');
    await makeClip(source, UNEVEN_MS);
    const tone = ['-f', 'lavfi', '-i', 'sine=d=6'];
    for (const name of ['late.mkv', 'late.ts', 'late.mp4']) {
      const file = temporary.path(name);
      await ffmpeg(...tone, '-itsoffset', '2.25', '-i', source, '-map', '0', '-map', '1', '-c:v', 'copy', file);
      await expectByDefinition(file, [2]);
    }
    const shifted = temporary.path('shifted.mkv');
    await ffmpeg('-i', source, '-c', 'copy', '-output_ts_offset', '7.7', shifted);
    await expectByDefinition(shifted, [2]);
  });

  it('when an edit list hides the first frames', async () => {
    const source = temporary.path('whole.mp4');
    await makeClip(source, every(100, 45));
    const file = temporary.path('edited.mp4');
    // Cut between key frames without re-encoding: the frames from the key frame on are kept and hidden.
    await ffmpeg('-ss', '1.55', '-i', source, '-c', 'copy', file);
    await expectByDefinition(file, [5]);
  });

  it('in streamFrames too', async () => {
    const file = temporary.path('streamed.mkv');
    await makeClip(file, UNEVEN_MS);
    const ids: number[] = [];
    for await (const frame of streamFrames(file, { fps: 2 })) {
      expect([frame.index, frame.timeSec]).toEqual([ids.length, ids.length / 2]);
      ids.push(idOfPixels(frame.data));
    }
    expect(ids).toEqual(await sampledIds(file, 2));
  });
});

describe('sampling ends where the last frame leaves the screen', () => {
  it.each([
    ['exactly two seconds', every(40, 50), ['-r', '25'], 2],
    ['a frame more than two seconds', every(40, 51), ['-r', '25'], 3],
    ['a single frame', [0], ['-r', '25'], 1],
    ['two frames of three seconds', every(3000, 2), ['-r', '1/3'], 6],
  ])('%s', async (name, timesMs, options, count) => {
    for (const extension of ['mp4', 'mkv']) {
      const file = temporary.path(`${name}.${extension}`);
      await makeClip(file, timesMs, ['-bf', '0', ...options]);
      expect((await sampleFrames(file, `${file}-out`)).frames).toHaveLength(count);
    }
  });
});
