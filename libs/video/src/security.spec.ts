import { readFile, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ffmpeg, fixture, temporaryDirectory } from '../test/media';
import { probeVideo } from './probe';
import { sampleFrames } from './sampling/sample-frames';
import { streamFrames } from './sampling/stream-frames';

const temporary = temporaryDirectory();
const requests: string[] = [];
let server: Server;
let address: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // What the playlists point to is a good video: whoever followed them would succeed.
  await ffmpeg('-i', fixture('path_walkers.mp4'), '-c', 'copy', temporary.path('secret.ts'));
});
afterAll(() => server.close());

function hls(target: string): string {
  return `#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:12.0,\n${target}\n#EXT-X-ENDLIST\n`;
}

function playlists(): [string, string][] {
  const secret = temporary.path('secret.ts');
  const mpd = (target: string): string =>
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT12S"><Period>' +
    `<AdaptationSet mimeType="video/mp2t"><Representation id="0" bandwidth="1"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>`;
  return [secret, `file://${secret}`, `${address}/leak.ts`, `concat:${secret}|${address}/leak.ts`].flatMap((target) => [
    ['hls', hls(target)] as [string, string],
    ['ffconcat', `ffconcat version 1.0\nfile '${target}'\n`] as [string, string],
    ['dash', mpd(target)] as [string, string],
    [
      'sdp',
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:${target}\nm=video 0 RTP/AVP 96\n`,
    ] as [string, string],
    // Behind the signature of a container, where a demuxer that looks further might find it.
    ['flv', `FLV\x01\x01\0\0\0\x09${hls(target)}`] as [string, string],
  ]);
}

it('would be lured by the bare program: the playlists work', async () => {
  const list = temporary.path('works.m3u8');
  await writeFile(list, hls(temporary.path('secret.ts')));
  expect((await ffmpeg('-i', list, '-frames:v', '1', '-f', 'rawvideo', '-')).length).toBeGreaterThan(0);
});

it('reads no other file and no address that a playlist names, whatever the playlist calls itself', async () => {
  for (const [index, [form, text]] of playlists().entries()) {
    for (const extension of form === 'hls' ? ['m3u8', 'mp4', 'ts'] : ['mp4']) {
      const file = temporary.path(`${form}-${index}.${extension}`);
      await writeFile(file, text);
      await expect(probeVideo(file)).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    }
  }
  const lure = temporary.path('lure.mp4');
  await writeFile(lure, hls(temporary.path('secret.ts')));
  await expect(sampleFrames(lure, temporary.path('lured'))).rejects.toMatchObject({ fault: 'not-a-video' });
  await expect(streamFrames(lure).next()).rejects.toMatchObject({ fault: 'not-a-video' });
  expect(requests).toEqual([]);
});

it('takes an address for the name of a file', async () => {
  for (const name of [
    `${address}/x.mp4`,
    `concat:${fixture('path_walkers.mp4')}`,
    'pipe:0',
    'lavfi:testsrc',
    'data:video/mp4;base64,AAAA',
  ]) {
    await expect(probeVideo(name)).rejects.toMatchObject({ fault: 'missing' });
  }
  expect(requests).toEqual([]);
});

/** Replaces the data reference of a QuickTime file by an alias to another file, and wipes its own media. */
function referTo(name: string, movie: Buffer): Buffer {
  const alias = Buffer.alloc(170);
  alias.write('alis', 4, 'latin1');
  // Aliases by levels: one up from here, one down from there, i.e. a file beside this one.
  alias.writeUInt16BE(1, 12 + 10 + 28 + 12 + 64 + 16);
  alias.writeUInt16BE(1, 12 + 10 + 28 + 12 + 64 + 18);
  const path = Buffer.from(`/volume/${name}${name.length % 2 === 0 ? '' : '\0'}`, 'latin1');
  const entry = Buffer.concat([
    alias.subarray(0, 12 + 10 + 28 + 12 + 64 + 20 + 16),
    Buffer.from([0, 2, 0, path.length]),
    path,
    Buffer.from([0xff, 0xff, 0, 0]),
  ]);
  entry.writeUInt32BE(entry.length, 0);
  const at = movie.indexOf('dref') - 4;
  const oldLength = movie.readUInt32BE(at);
  const box = Buffer.concat([movie.subarray(at, at + 16), entry]);
  const growth = box.length - oldLength;
  box.writeUInt32BE(box.length, 0);
  const grown = Buffer.concat([movie.subarray(0, at), box, movie.subarray(at + oldLength)]);
  for (const parent of ['moov', 'trak', 'mdia', 'minf', 'dinf']) {
    const start = grown.lastIndexOf(parent, at) - 4;
    grown.writeUInt32BE(grown.readUInt32BE(start) + growth, start);
  }
  const media = grown.indexOf('mdat') - 4;
  return grown.fill(0, media + 8, media + grown.readUInt32BE(media));
}

it('does not follow a QuickTime data reference to another file', async () => {
  const [secret, lure] = [temporary.path('secret.mov'), temporary.path('refers.mov')];
  await ffmpeg('-i', fixture('path_walkers.mp4'), '-c:v', 'mjpeg', '-q:v', '5', secret);
  await writeFile(lure, referTo('secret.mov', await readFile(secret)));
  // The bare program, asked to, does follow it: the reference works.
  const followed = await ffmpeg('-enable_drefs', '1', '-i', lure, '-frames:v', '1', '-f', 'rawvideo', '-');
  expect(followed.length).toBeGreaterThan(0);
  const fault = expect.stringMatching(/^(corrupt|no-frames)$/) as string;
  await expect(sampleFrames(lure, temporary.path('referred'))).rejects.toMatchObject({ fault });
});
