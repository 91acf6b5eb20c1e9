import { SrvauError } from '@srvau/contracts';
import { ffmpeg, fixture, temporaryDirectory } from '../../test/media';
import { runningDecoders } from '../../test/children';
import { type RawFrame, streamFrames } from './stream-frames';

const temporary = temporaryDirectory();
const clip = fixture('tree_hand.mp4');

async function collect(frames: AsyncIterable<RawFrame>): Promise<RawFrame[]> {
  const all: RawFrame[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

describe('streamFrames', () => {
  it('delivers RGB24 pictures of the displayed size', async () => {
    const frames = await collect(streamFrames(clip));
    expect(frames).toHaveLength(12);
    for (const frame of frames) expect(frame).toMatchObject({ width: 320, height: 240 });
    const reference = await ffmpeg(
      '-i',
      clip,
      '-vf',
      'fps=1:round=up,scale=flags=bicubic',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    );
    expect(Buffer.concat(frames.map((frame) => frame.data)).equals(reference)).toBe(true);
  });

  it('scales to a size, also of a turned picture', async () => {
    const turned = temporary.path('turned.mp4');
    await ffmpeg('-i', clip, '-c', 'copy', '-metadata:s:v', 'rotate=90', turned);
    const [plain] = await collect(streamFrames(turned, { fps: 0.05 }));
    expect(plain).toMatchObject({ width: 240, height: 320 });
    const [scaled] = await collect(streamFrames(turned, { fps: 0.05, size: { width: 30, height: 50 } }));
    expect(scaled).toMatchObject({ width: 30, height: 50 });
    expect(scaled?.data).toHaveLength(30 * 50 * 3);
  });

  it('ends ffmpeg before the loop is left early', async () => {
    for await (const frame of streamFrames(clip, { fps: 15 })) {
      if (frame.index === 3) break;
    }
    expect(await runningDecoders()).toEqual([]);
  });

  it('does not count the time in which the consumer is busy', async () => {
    const limits = { timeoutMs: 5000 };
    const frames = streamFrames(clip, { fps: 15, limits });
    const first = await frames.next();
    await new Promise((resolve) => setTimeout(resolve, limits.timeoutMs + 200));
    const rest = await collect(frames);
    expect([first.done, rest.length]).toEqual([false, 179]);
  });

  it('throws the reason of its signal, midway too', async () => {
    const reason = new SrvauError('CANCELLED', 'stopped by the test');
    const stop = new AbortController();
    const frames = streamFrames(clip, { fps: 15, signal: stop.signal });
    await frames.next();
    stop.abort(reason);
    await expect(collect(frames)).rejects.toBe(reason);
    expect(await runningDecoders()).toEqual([]);
  });

  it('keeps within its limits and names a wrong size', async () => {
    await expect(collect(streamFrames(clip, { limits: { maxFrames: 5 } }))).rejects.toMatchObject({
      fault: 'too-long',
    });
    for (const width of [0, 1.5, 1e6]) {
      const rejected = expect(collect(streamFrames(clip, { size: { width, height: 240 } }))).rejects;
      await rejected.toMatchObject({ code: 'INVALID_REQUEST' });
    }
  });
});
