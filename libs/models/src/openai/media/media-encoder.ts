import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatMessage } from '@srvau/contracts';
import { probeVideo, sampleFrames, type SampleResult, type VideoLimits } from '@srvau/video';
import type { Clock } from '../../clock';
import { rateFor, rateWithin } from '../../prompt/frame-rate';
import type { MediaItem } from '../../prompt/media';
import { identityOf, localFile, type MediaPath } from '../../prompt/media-files';
import { type Lease, SharedCache } from '../../shared-cache';
import { Gate } from '../gate';
import type { OpenaiSettings } from '../settings';
import { dataUri } from './data-uri';
import { type EncodedMessages, type EncodedPart, encodeMessages } from './encode-messages';

export interface MediaEncoderOptions {
  settings: Pick<OpenaiSettings, 'video' | 'fps' | 'maxFrames' | 'maxPixels' | 'maxMediaBytes'>;
  mediaPath?: MediaPath | undefined;
  videoLimits?: Partial<VideoLimits> | undefined;
  /** Encoded media kept for the next request, bytes; 256 MiB by default. */
  cacheBytes?: number | undefined;
}

interface EncodedMedia {
  readonly parts: readonly EncodedPart[];
  readonly bytes: number;
  dispose(): void;
}

/** ffmpeg takes more than one core; requests that wait for a video wait in this line. */
const DECODERS = 2;
const DEFAULT_CACHE_BYTES = 256 * 2 ** 20;

/** Turns images and videos of messages into what an endpoint takes; those that come again are not read again. */
export class MediaEncoder {
  readonly #cache: SharedCache<EncodedMedia>;
  readonly #decoders: Gate;
  readonly #mediaPath: MediaPath;

  constructor(
    private readonly options: MediaEncoderOptions,
    clock?: Clock,
  ) {
    this.#cache = new SharedCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    this.#decoders = new Gate({ concurrency: DECODERS }, clock);
    this.#mediaPath = options.mediaPath ?? localFile;
  }

  /** @throws SrvauError INVALID_REQUEST: an address that is not taken. UNPROCESSABLE: what cannot be read */
  async encode(messages: readonly ChatMessage[], signal: AbortSignal): Promise<EncodedMessages & { release(): void }> {
    const leases: Lease<EncodedMedia>[] = [];
    const release = (): void => leases.forEach((lease) => lease.release());
    try {
      const encoded = await encodeMessages(messages, async (item) => {
        const whole = item.kind === 'image' || this.options.settings.video === 'url';
        if (whole && item.uri.startsWith('https:')) return [partOf(item, item.uri)];
        const lease = await this.#acquire(item, whole, signal);
        leases.push(lease);
        return lease.value.parts;
      });
      return { ...encoded, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  close(): void {
    this.#cache.close();
  }

  async #acquire(item: MediaItem, whole: boolean, signal: AbortSignal): Promise<Lease<EncodedMedia>> {
    const file = await this.#mediaPath(item, signal);
    const key = JSON.stringify([await identityOf(file), item.kind, item.fps, item.maxPixels]);
    const make = async (shared: AbortSignal): Promise<EncodedMedia> => {
      const pass = await this.#decoders.enter(0, shared);
      try {
        const { maxMediaBytes } = this.options.settings;
        return whole
          ? encodedMedia([partOf(item, await dataUri(file, item.kind, maxMediaBytes))])
          : await this.#frames(file, item, shared);
      } finally {
        pass.leave();
      }
    };
    return this.#cache.acquire(key, make, signal);
  }

  async #frames(file: string, item: MediaItem, signal: AbortSignal): Promise<EncodedMedia> {
    const { settings, videoLimits: limits } = this.options;
    const { maxFrames } = settings;
    const maxPixels = item.maxPixels ?? settings.maxPixels;
    const dir = await mkdtemp(join(tmpdir(), 'srvau-frames-'));
    try {
      const { durationSec } = await probeVideo(file, { limits, signal });
      let fps = rateWithin(item.fps ?? settings.fps, maxFrames, durationSec);
      for (let round = 0; ; round++) {
        const sampled = await sampleFrames(file, join(dir, String(round)), { fps, maxPixels, limits, signal });
        if (sampled.frames.length <= maxFrames) return encodedMedia(await framesAsParts(sampled));
        // Longer than the container declares; now its length is known.
        fps = rateFor(maxFrames, sampled.frames.length / fps);
      }
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
}

/** Pictures alone do not say when they were taken. */
async function framesAsParts({ frames, fps }: SampleResult): Promise<EncodedPart[]> {
  const pictures = await Promise.all(
    frames.map(async ({ file }): Promise<EncodedPart> => {
      const url = `data:image/jpeg;base64,${(await readFile(file)).toString('base64')}`;
      return { type: 'image_url', image_url: { url } };
    }),
  );
  const step = `one every ${(1 / fps).toFixed(2)} s, the first at 0.00 s`;
  return [{ type: 'text', text: `Frames of the video, ${step}:` }, ...pictures];
}

function partOf({ kind }: MediaItem, url: string): EncodedPart {
  return kind === 'image' ? { type: 'image_url', image_url: { url } } : { type: 'video_url', video_url: { url } };
}

function encodedMedia(parts: readonly EncodedPart[]): EncodedMedia {
  return { parts, bytes: JSON.stringify(parts).length, dispose: () => undefined };
}
