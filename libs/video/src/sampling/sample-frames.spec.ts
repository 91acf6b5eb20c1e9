import { copyFile, mkdir, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { SrvauError } from '@srvau/contracts';
import { idsOfPictures, makeClip } from '../../test/clips';
import { ffmpeg, fixture, media, temporaryDirectory } from '../../test/media';
import { probeVideo } from '../probe';
import { type SampleOptions, sampleFrames } from './sample-frames';

const temporary = temporaryDirectory();
const clip = fixture('path_walkers.mp4');

async function pictureSize(file: string): Promise<string> {
  return (await media('ffprobe', ['-show_entries', 'stream=width,height', '-of', 'csv=p=0:s=x', file]))
    .toString()
    .trim();
}

describe('sampleFrames', () => {
  it('samples real footage once a second', async () => {
    const out = temporary.path('nested', 'real');
    const result = await sampleFrames(clip, out);
    expect(result).toMatchObject({ fps: 1, truncated: false, warnings: [], info: await probeVideo(clip) });
    expect(result.frames).toEqual(
      Array.from({ length: 12 }, (_, k) => ({
        index: k,
        timeSec: k,
        file: `${out}/0000${String(k).padStart(2, '0')}.jpg`,
      })),
    );
    expect(await readdir(out)).toHaveLength(12);
    // Nothing is left beside it.
    expect(await readdir(temporary.path('nested'))).toEqual(['real']);
  });

  it('gives equal bytes each time, without the name of an encoder in them', async () => {
    const options = { limits: { maxFrames: 30 } };
    const [a, b] = [
      await sampleFrames(clip, temporary.path('a'), options),
      await sampleFrames(clip, temporary.path('b')),
    ];
    for (const [k, frame] of a.frames.entries()) {
      const bytes = await readFile(frame.file);
      expect(bytes.equals(await readFile(b.frames[k]?.file ?? ''))).toBe(true);
      expect(bytes.includes('Lavc')).toBe(false);
    }
  });

  it('writes lossless PNG of an odd size, and as many frames as the rate asks for', async () => {
    const [file, out] = [temporary.path('odd.mkv'), temporary.path('odd')];
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=53x37:r=5:d=1', '-c:v', 'ffv1', file);
    const { frames } = await sampleFrames(file, out, { fps: 5, format: 'png' });
    expect(frames.map((frame) => frame.file.slice(-10))).toEqual([
      '000000.png',
      '000001.png',
      '000002.png',
      '000003.png',
      '000004.png',
    ]);
    expect(await pictureSize(frames[0]?.file ?? '')).toBe('53x37');
  });

  it.each([0, 90, 180, 270])('turns a picture that is marked as rotated by %i°', async (degrees) => {
    const [upright, file] = [temporary.path(`upright-${degrees}.mp4`), temporary.path(`rotated-${degrees}.mp4`)];
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=64x32:r=5:d=1', '-c:v', 'libx264', '-qp', '0', upright);
    await ffmpeg('-i', upright, '-c', 'copy', '-metadata:s:v', `rotate=${degrees}`, file);
    const { info, frames } = await sampleFrames(file, temporary.path(`turned-${degrees}`), { format: 'png' });
    expect(info).toMatchObject(degrees % 180 === 0 ? { width: 64, height: 32 } : { width: 32, height: 64 });
    // ffmpeg's own turning is the reference.
    const reference = await ffmpeg('-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-');
    const turned = await ffmpeg('-i', frames[0]?.file ?? '', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-');
    expect(turned.length).toBe(64 * 32 * 3);
    const worst = turned.reduce((most, value, i) => Math.max(most, Math.abs(value - (reference[i] ?? NaN))), 0);
    expect(worst).toBeLessThanOrEqual(4);
  });

  it('scales pictures down to so many pixels, turned ones too, and never up', async () => {
    const sizes: string[] = [];
    const turned = temporary.path('turned.mp4');
    await ffmpeg('-i', clip, '-t', '1', '-c', 'copy', '-metadata:s:v', 'rotate=90', turned);
    for (const [file, maxPixels] of [
      [clip, 20_000],
      [turned, 20_000],
      [clip, 1],
      [clip, 10 ** 9],
    ] as const) {
      const out = temporary.path(`scaled-${sizes.length}`);
      const { frames } = await sampleFrames(file, out, { maxPixels, limits: { maxFrames: 30 } });
      sizes.push(await pictureSize(frames[0]?.file ?? ''));
    }
    const { width, height } = await probeVideo(clip);
    expect([width / height, ...sizes]).toEqual([4 / 3, '163x122', '122x163', '1x1', `${width}x${height}`]);
  });

  it('keeps one picture size and goes on counting when the stream changes its size', async () => {
    const [a, b, joined] = [temporary.path('a.ts'), temporary.path('b.ts'), temporary.path('joined.ts')];
    const half = (size: string, level: string): string[] => [
      '-f',
      'lavfi',
      '-i',
      `color=${level}:s=${size}:r=10:d=2.5`,
    ];
    await ffmpeg(...half('64x48', 'black'), '-c:v', 'libx264', a);
    await ffmpeg(...half('128x64', 'white'), '-c:v', 'libx264', '-output_ts_offset', '2.5', b);
    await writeFile(joined, Buffer.concat([await readFile(a), await readFile(b)]));
    const { frames } = await sampleFrames(joined, temporary.path('joined'), { fps: 2 });
    expect(frames).toHaveLength(10);
    expect(new Set(await Promise.all(frames.map((frame) => pictureSize(frame.file))))).toEqual(new Set(['64x48']));
  });

  it.each([
    ['mkv', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-bf', '0']],
    ['avi', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-bf', '0', '-enc_time_base', '1:4']],
    ['flv', ['-bf', '0', '-r', '4']],
    ['fragmented.mp4', ['-bf', '0', '-r', '4', '-movflags', 'frag_keyframe+empty_moov']],
    ['faststart.mov', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-bf', '0', '-movflags', 'faststart']],
  ])('samples a cut %s up to the cut and says so', async (form, options) => {
    const file = temporary.path(`cut.${form}`);
    await makeClip(
      file,
      Array.from({ length: 48 }, (_, i) => i * 250),
      options,
    );
    const whole = await sampleFrames(file, temporary.path(`whole-${form}`));
    expect(whole).toMatchObject({ truncated: false, warnings: [] });
    expect(whole.frames).toHaveLength(12);
    await truncate(file, Math.floor(whole.info.sizeBytes * 0.6));
    const { frames, truncated } = await sampleFrames(file, temporary.path(`cut-${form}`));
    expect(truncated).toBe(true);
    expect(frames.length).toBeGreaterThan(2);
    expect(frames.length).toBeLessThan(12);
    // The cut may go through the last one.
    const ids = await idsOfPictures(temporary.path(`cut-${form}`));
    expect(ids.slice(0, -1)).toEqual(frames.slice(0, -1).map((_, k) => 4 * k));
  });

  it('refuses a container without a single decodable frame', async () => {
    const [empty, ruined] = [temporary.path('empty.mp4'), temporary.path('ruined.mp4')];
    await ffmpeg('-i', clip, '-c', 'copy', '-frames:v', '0', '-movflags', 'empty_moov', empty);
    await expect(sampleFrames(empty, temporary.path('x'))).rejects.toMatchObject({ fault: 'no-frames' });
    const bytes = await readFile(clip);
    await writeFile(ruined, bytes.fill(0x5a, bytes.indexOf('mdat') + 4));
    await expect(sampleFrames(ruined, temporary.path('x'))).rejects.toMatchObject({ fault: 'corrupt' });
  });

  it('takes any name of file and directory', async () => {
    for (const name of ['with space', `quo'te"`, 'new\nline', '-leading', '100%03d%', 'vidéo 動画', 'a:b|c']) {
      const folder = temporary.path(`in ${name}`);
      await mkdir(folder);
      await copyFile(clip, `${folder}/${name}`);
      const { frames } = await sampleFrames(`${folder}/${name}`, `${folder}/${name}-frames`, { fps: 0.2 });
      expect(await readdir(`${folder}/${name}-frames`)).toEqual(['000000.jpg', '000001.jpg', '000002.jpg']);
      expect(frames[2]?.file).toBe(`${folder}/${name}-frames/000002.jpg`);
    }
  });

  it('does not touch an output directory with content', async () => {
    const out = temporary.path('occupied');
    await mkdir(out);
    await sampleFrames(clip, out, { fps: 0.2 });
    await expect(sampleFrames(clip, out)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: [{ received: 'one with 3 entries' }],
    });
    expect(await readdir(out)).toHaveLength(3);
    await expect(sampleFrames(clip, clip)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: [{ received: 'a file' }],
    });
  });

  it.each<[string, SampleOptions, string]>([
    ['fps', { fps: 0 }, '0 (number)'],
    ['fps', { fps: NaN }, 'NaN (number)'],
    ['fps', { fps: 1000 }, '1000 (number)'],
    ['format', { format: 'gif' as 'png' }, '"gif" (string)'],
    ['maxPixels', { maxPixels: 0 }, '0 (number)'],
    ['maxPixels', { maxPixels: 1.5 }, '1.5 (number)'],
  ])('names a wrong %s', async (field, options, received) => {
    const rejected = expect(sampleFrames(clip, temporary.path('never'), options)).rejects;
    await rejected.toMatchObject({ code: 'INVALID_REQUEST', details: [{ field, received }] });
  });
});

describe('sampleFrames under limits', () => {
  it('stops at the permitted number of frames, also where two frames lie ages apart', async () => {
    const file = temporary.path('ages.mkv');
    await makeClip(file, [0, 1_000_000], ['-bf', '0']);
    const parent = temporary.path('bounded');
    const limits = { maxFrames: 50, maxDurationSec: 1e7 };
    await expect(sampleFrames(file, `${parent}/out`, { limits })).rejects.toMatchObject({ fault: 'too-long' });
    expect(await readdir(parent)).toEqual([]);
    const asMany = await sampleFrames(clip, `${parent}/exactly`, { limits: { maxFrames: 12 } });
    expect(asMany.frames).toHaveLength(12);
  });

  it('gives up in time, leaving nothing', async () => {
    const file = temporary.path('long.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=30:d=20', '-c:v', 'libx264', '-preset', 'ultrafast', file);
    const parent = temporary.path('late');
    const rejected = expect(sampleFrames(file, `${parent}/out`, { fps: 30, limits: { timeoutMs: 300 } })).rejects;
    await rejected.toMatchObject({ fault: 'timed-out', message: expect.stringContaining('within 300 ms') as string });
    expect(await readdir(parent)).toEqual([]);

    const cancelled = new SrvauError('CANCELLED', 'stopped by the test');
    const stop = new AbortController();
    const sampling = sampleFrames(file, `${parent}/out`, { fps: 30, signal: stop.signal });
    // Abort once pictures are being written.
    for (let busy = false; !busy;) {
      const [working] = await readdir(parent);
      busy = working !== undefined && (await readdir(`${parent}/${working}`)).length > 0;
    }
    stop.abort(cancelled);
    await expect(sampling).rejects.toBe(cancelled);
    expect(await readdir(parent)).toEqual([]);
  });

  it('reports a picture that needs more memory than allowed', async () => {
    const file = temporary.path('big.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=3840x2160:r=10:d=1', '-c:v', 'libx264', '-preset', 'ultrafast', file);
    const rejected = expect(sampleFrames(file, temporary.path('big'), { limits: { memoryMb: 200 } })).rejects;
    await rejected.toMatchObject({ fault: 'too-large' });
  });
});
