import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streamFrames } from '../sampling/stream-frames';
import { type ClipTarget, encodeClips } from './encode-clips';

let dir: string;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'srvau-encode-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A bright square that moves to the right. */
function picture({ width, height }: ClipTarget, frame: number): Buffer {
  const rgb = Buffer.alloc(width * height * 3, 40);
  for (let y = 10; y < 26; y += 1) rgb.fill(220, (y * width + 2 * frame) * 3, (y * width + 2 * frame + 16) * 3);
  return rgb;
}

async function encode(targets: readonly (ClipTarget & { frames: number })[]): Promise<void> {
  const encoder = await encodeClips(targets);
  await Promise.all(
    targets.map(async (target, i) => {
      for (let frame = 0; frame < target.frames; frame += 1) await encoder.write(i, picture(target, frame));
      encoder.end(i);
    }),
  );
  await encoder.finish();
}

describe('encodeClips', () => {
  const target = (name: string, frames: number, width = 64, height = 48): ClipTarget & { frames: number } => ({
    path: join(dir, name),
    width,
    height,
    fps: 8,
    frames,
  });

  it('encodes clips of different sizes and lengths at once, each as it would alone', async () => {
    await encode([target('a.mp4', 20), target('b.mp4', 9, 96, 64), target('c.mp4', 14)]);
    await encode([target('alone.mp4', 9, 96, 64)]);
    expect(await readFile(join(dir, 'b.mp4'))).toEqual(await readFile(join(dir, 'alone.mp4')));
    const seen: number[] = [];
    for await (const frame of streamFrames(join(dir, 'a.mp4'), { fps: 8 })) {
      const wanted = picture(target('', 0), frame.index);
      seen.push(frame.data.reduce((sum, value, i) => sum + Math.abs(value - (wanted[i] as number)), 0) / wanted.length);
    }
    expect(seen).toHaveLength(20);
    expect(Math.max(...seen)).toBeLessThan(8);
  });

  it('reports an encoder that cannot write its file', async () => {
    const encoding = encode([{ ...target('x.mp4', 200), path: join(dir, 'no/such/folder/x.mp4') }]);
    await expect(encoding).rejects.toMatchObject({ name: 'SrvauError', code: 'INTERNAL' });
  });

  it('ends at once on a signal', async () => {
    const stop = new AbortController();
    const encoder = await encodeClips([target('a.mp4', 0)], { signal: stop.signal });
    await encoder.write(0, picture(target('a.mp4', 0), 0));
    stop.abort(new Error('enough'));
    await expect(encoder.finish()).rejects.toThrow('enough');
    await encoder.kill();
  });

  it('refuses an empty list and a clip that is not there', async () => {
    await expect(encodeClips([])).rejects.toThrow('expected at least one clip');
    const encoder = await encodeClips([target('a.mp4', 0)]);
    await expect(encoder.write(1, Buffer.alloc(1))).rejects.toThrow('expected a clip from 0 to 0, received 1');
    await encoder.kill();
  });
});
