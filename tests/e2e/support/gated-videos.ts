import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { eventually } from './eventually';

export const CCTV = resolve(__dirname, '../../fixtures/cctv');

const HEADER =
  'Video Name,Question,Option 1,Option 2,Option 3,Option 4,Correct Option,Key Object,Description,Reasoning,' +
  'Anomaly Class,Start Time,End Time';

/**
 * A folder of distinct videos with annotations, and an ffmpeg that stops before the third until the gate is open: an
 * ingest of them has a middle that lasts as long as a test wants.
 */
export class GatedVideos {
  private constructor(
    readonly count: number,
    readonly annotations: string,
    readonly videos: string,
    private readonly gate: string,
    /** For the command that starts the dataset service. */
    readonly env: NodeJS.ProcessEnv,
  ) {}

  static async create(dir: string, count = 5): Promise<GatedVideos> {
    const videos = join(dir, 'gated clips');
    await mkdir(videos, { recursive: true });
    const clip = await readFile(join(CCTV, 'lawn_crossing.mp4'));
    const rows: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const name = `clip_${index}.mp4`;
      await writeFile(join(videos, name), Buffer.concat([clip, freeBox(`clip ${index}`)]));
      rows.push(`${name},What moves?,A dog,People,A car,Nothing,B. People,people,People cross.,They walk.,Normal,0,0`);
    }
    const annotations = join(dir, 'gated.csv');
    await writeFile(annotations, `${[HEADER, ...rows].join('\n')}\n`);
    const ffmpeg = join(dir, 'gated-ffmpeg');
    await writeFile(ffmpeg, gatedFfmpeg(dir), { mode: 0o755 });
    const env = { SRVAU_FFMPEG: ffmpeg, SRVAU_VIDEO_CONCURRENCY: '1' };
    return new GatedVideos(count, annotations, videos, join(dir, 'gate'), env);
  }

  open(): Promise<void> {
    return writeFile(this.gate, '');
  }

  /** Waits until an ingest into `out` has some of its videos, and cannot have all. */
  async underWay(out: string): Promise<void> {
    const some = async (): Promise<boolean> => (await readdir(join(out, 'frames'))).length > 0;
    await eventually(`an ingest into ${out} is under way`, some, 120_000);
  }
}

/**
 * Two go free; making a directory tells who is first, also between processes. The working directory stays: frames are
 * written there.
 */
function gatedFfmpeg(dir: string): string {
  return `#!/bin/sh
d='${dir}'
if ! mkdir "$d/free-1" 2>/dev/null && ! mkdir "$d/free-2" 2>/dev/null; then
  until [ -e "$d/gate" ]; do [ -d "$d" ] || exit 1; sleep 0.05; done
fi
exec '${process.env['SRVAU_FFMPEG'] ?? 'ffmpeg'}' "$@"
`;
}

/** An MP4 box that players skip: it makes files with the same pictures differ, for a cache that goes by content. */
function freeBox(text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(8 + Buffer.byteLength(text));
  return Buffer.concat([size, Buffer.from(`free${text}`)]);
}
