import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { SrvauError } from '@srvau/contracts';
import { ffmpeg, fixture, temporaryDirectory } from '../test/media';
import { VideoError, type VideoFault } from './errors';
import { probeVideo } from './probe';

const temporary = temporaryDirectory();
const clip = fixture('path_walkers.mp4');

async function faultOf(file: string, options: Parameters<typeof probeVideo>[1] = {}): Promise<VideoFault> {
  const error = await probeVideo(file, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof VideoError)) throw new Error('expected a VideoError', { cause: error });
  expect(error).toMatchObject({ code: 'UNPROCESSABLE', retryable: false, file });
  expect(error.message).toContain(JSON.stringify(file));
  expect(error.details).toHaveLength(1);
  return error.fault;
}

describe('probeVideo', () => {
  it('reports what the container declares', async () => {
    expect(await probeVideo(clip)).toEqual({
      container: 'mov,mp4,m4a,3gp,3g2,mj2',
      codec: 'h264',
      width: 320,
      height: 240,
      durationSec: 12,
      frameRate: 10,
      frameCount: 120,
      rotationDeg: 0,
      hasAudio: false,
      sizeBytes: 77960,
    });
  });

  it('reads the duration of the video, not of longer audio, from a Matroska tag', async () => {
    const file = temporary.path('tag.mkv');
    await ffmpeg('-i', clip, '-f', 'lavfi', '-i', 'sine=d=20', '-c:v', 'copy', file);
    const { durationSec, hasAudio, frameCount } = await probeVideo(file);
    expect([durationSec, hasAudio, frameCount]).toEqual([expect.closeTo(12, 1), true, null]);
  });

  it('handles odd picture sizes', async () => {
    const file = temporary.path('odd.mkv');
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=53x37:r=5:d=1', '-c:v', 'ffv1', file);
    expect(await probeVideo(file)).toMatchObject({ width: 53, height: 37 });
  });

  it('follows symbolic links and takes any file name', async () => {
    const names = [
      'with space.mp4',
      `quo'te".mp4`,
      'new\nline.mp4',
      '-leading.mp4',
      '%03d.mp4',
      'vidéo 動画.mp4',
      'a:b|c.mp4',
    ];
    await mkdir(temporary.path('names'));
    for (const name of names) {
      await copyFile(clip, temporary.path('names', name));
      expect(await probeVideo(temporary.path('names', name))).toMatchObject({ durationSec: 12 });
    }
    await symlink(clip, temporary.path('link.mp4'));
    expect(await probeVideo(temporary.path('link.mp4'))).toMatchObject({ durationSec: 12 });
  });

  it('says what is wrong with a file that is no video', async () => {
    await writeFile(temporary.path('text.mp4'), 'this is a text file\n'.repeat(50));
    await writeFile(temporary.path('zero.mp4'), '');
    await writeFile(temporary.path('noise.avi'), Buffer.alloc(5000, 'k8#'));
    await ffmpeg('-f', 'lavfi', '-i', 'color=s=8x8:d=1', '-frames:v', '1', temporary.path('picture.png'));
    await ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac', temporary.path('tone.m4a'));
    await ffmpeg('-i', clip, '-c', 'copy', temporary.path('late-moov.mp4'));
    await truncate(temporary.path('late-moov.mp4'), 40_000);
    expect(await faultOf(temporary.path('absent.mp4'))).toBe('missing');
    expect(await faultOf(temporary.path('text.mp4', 'below-a-file.mp4'))).toBe('missing');
    expect(await faultOf('nul\0byte.mp4')).toBe('missing');
    expect(await faultOf(temporary.path('text.mp4'))).toBe('not-a-video');
    expect(await faultOf(temporary.path('zero.mp4'))).toBe('empty-file');
    expect(await faultOf(temporary.path('noise.avi'))).toBe('not-a-video');
    expect(await faultOf(temporary.path('picture.png'))).toBe('not-a-video');
    expect(await faultOf(temporary.path('tone.m4a'))).toBe('no-video-stream');
    expect(await faultOf(temporary.path('late-moov.mp4'))).toBe('corrupt');
  });

  it('does not count cover art as video', async () => {
    const [cover, song] = [temporary.path('cover.jpg'), temporary.path('song.m4a')];
    await ffmpeg('-f', 'lavfi', '-i', 'color=s=32x32', '-frames:v', '1', cover);
    const both = ['-f', 'lavfi', '-i', 'sine=d=1', '-i', cover, '-map', '0', '-map', '1'];
    await ffmpeg(...both, '-c:v', 'copy', '-disposition:v', 'attached_pic', song);
    expect(await faultOf(song)).toBe('no-video-stream');
  });

  it('refuses what is not a regular file without opening it', async () => {
    const [fifo, socket] = [temporary.path('fifo.mp4'), temporary.path('socket.mp4')];
    execFileSync('mkfifo', [fifo]);
    const server = await new Promise<Server>((done) => {
      const created = createServer().listen(socket, () => done(created));
    });
    try {
      expect(await faultOf(temporary.path())).toBe('not-a-file');
      expect(await faultOf('/dev/zero')).toBe('not-a-file');
      expect(await faultOf(socket)).toBe('not-a-file');
      // Nobody writes to it: a probe that opened it would wait for ever.
      expect(await faultOf(fifo)).toBe('not-a-file');
    } finally {
      server.close();
    }
  });

  it('keeps within the limits of size, picture and length', async () => {
    expect(await faultOf(clip, { limits: { maxBytes: 1000 } })).toBe('too-large');
    expect(await faultOf(clip, { limits: { maxPixels: 320 * 240 - 1 } })).toBe('too-large');
    expect(await faultOf(clip, { limits: { maxDurationSec: 11.9 } })).toBe('too-long');
    expect(await faultOf(clip, { limits: { timeoutMs: 1 } })).toBe('timed-out');
    expect(await faultOf(clip, { limits: { memoryMb: 64 } })).toBe('too-large');
  });

  it('names a limit that is no positive number', async () => {
    const error = await probeVideo(clip, { limits: { memoryMb: NaN } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ field: 'limits.memoryMb', received: 'NaN (number)' }],
    });
  });

  it('throws the reason of an aborted signal', async () => {
    const reason = new SrvauError('CANCELLED', 'stopped by the test');
    await expect(probeVideo(clip, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('names the variable when ffprobe is not there', async () => {
    const before = process.env['SRVAU_FFPROBE'];
    process.env['SRVAU_FFPROBE'] = '/nonexistent/ffprobe';
    try {
      await expect(probeVideo(clip)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        details: [{ field: 'SRVAU_FFPROBE' }],
      });
    } finally {
      if (before === undefined) delete process.env['SRVAU_FFPROBE'];
      else process.env['SRVAU_FFPROBE'] = before;
    }
  });
});
