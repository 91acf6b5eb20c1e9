import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { type CheckedFile, checkFile } from '../input/check-file';
import { type VideoLimits, resolveLimits } from '../limits';
import { type VideoInfo, assertWithinLimits } from '../probe';
import { frameName } from '../sampling/decode-arguments';
import { type SampleOptions, type SampledFrame, assertFrameCount, sampleFrames } from '../sampling/sample-frames';
import { type FrameFormat, SAMPLER_VERSION, type SamplingSettings, resolveSettings } from '../sampling/settings';
import { type EntryRecord, EntryStore } from './entry-store';
import { sha256OfFile } from './hash-file';
import { SingleFlight } from './single-flight';

export interface FrameCacheOptions {
  /** Total size of cached frames, bytes; 20 GiB by default. The least recently used entries go first. */
  maxBytes?: number;
  /** How long a result stays pinned when nobody calls `release`, ms; 10 minutes by default. */
  leaseMs?: number;
}

export interface CachedSample {
  /** SHA-256 hex over the video's bytes, the sampling settings and the sampler's version. */
  key: string;
  videoSha256: string;
  info: VideoInfo;
  /** Directory of the frames. Read-only for callers, also its files: other readers share them. */
  dir: string;
  fps: number;
  format: FrameFormat;
  frames: SampledFrame[];
  truncated: boolean;
  warnings: string[];
  /** True when nothing had to be decoded. */
  hit: boolean;
  /** Unpins the entry, so that it may be evicted before its lease ends. May be called twice. */
  release(): Promise<void>;
}

const DEFAULT_MAX_BYTES = 20 * 2 ** 30;
const DEFAULT_LEASE_MS = 10 * 60_000;
/** A sampling run adds files all the time; a directory untouched for an hour belongs to a dead process. */
const STALE_MS = 3600_000;
/** Evicting a bit more than needed spares a scan of the cache at each of the next insertions. */
const EVICT_DOWN_TO = 0.9;
/** Other processes add entries too: look at the real size every so many insertions. */
const INSERTIONS_BETWEEN_SCANS = 64;
const ATTEMPTS = 3;

/**
 * Content-addressed cache of sampled frames on a local disk, shared by any number of processes.
 *
 * The name of the video file does not matter, only its bytes. Entries appear whole or not at all; a damaged one (a frame
 * missing or cut) is noticed and remade. A result is pinned until `release`, or for `leaseMs`: eviction passes it over, so the
 * cache exceeds `maxBytes` by what is in use.
 */
export class FrameCache {
  private readonly store: EntryStore;
  private readonly flights = new SingleFlight<void>();
  private readonly maxBytes: number;
  private readonly leaseMs: number;
  private knownBytes: number | undefined;
  private insertions = 0;
  private swept = false;

  /** @param dir is made on first use. */
  constructor(dir: string, options: FrameCacheOptions = {}) {
    this.store = new EntryStore(resolve(dir));
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  }

  /**
   * The frames of `sampleFrames(file, …)`, decoded only when they are not there yet.
   *
   * @throws VideoError and SrvauError like `sampleFrames`; SrvauError BUSY when the file changes while it is read.
   */
  async sample(file: string, options: Omit<SampleOptions, 'maxPixels'> = {}): Promise<CachedSample> {
    const settings = resolveSettings(options);
    const limits = resolveLimits(options.limits);
    const { signal } = options;
    signal?.throwIfAborted();
    const checked = await checkFile(file, limits);
    const videoSha256 = await sha256OfFile(checked.path, signal);
    const key = keyOf(videoSha256, settings);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const opened = await this.store.open(key, this.leaseMs);
      if (opened !== undefined) {
        const { record, unpin } = opened;
        try {
          // Made perhaps under wider limits than this caller's.
          assertWithinLimits(file, record.info, limits);
          assertFrameCount(file, record.frameBytes.length, record.fps, limits, '');
        } catch (error) {
          await unpin();
          throw error;
        }
        return this.result(record, attempt === 0, unpin);
      }
      // Callers with other limits may see another outcome, so they do not share a run.
      await this.flights.run(`${key} ${JSON.stringify(limits)}`, signal, (shared) =>
        this.make(file, checked, videoSha256, key, settings, limits, shared),
      );
    }
    throw new SrvauError('BUSY', `frames of ${JSON.stringify(file)} were evicted as soon as they were made`);
  }

  private async make(
    file: string,
    checked: CheckedFile,
    videoSha256: string,
    key: string,
    settings: SamplingSettings,
    limits: VideoLimits,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.swept) {
      this.swept = true;
      await this.store.sweep(STALE_MS);
    }
    const { dir, framesDir } = await this.store.scratch();
    try {
      const sampled = await sampleFrames(file, framesDir, { ...settings, limits, signal });
      const { info, truncated, warnings } = sampled;
      const frameBytes = await Promise.all(sampled.frames.map(async (frame) => (await stat(frame.file)).size));
      if ((await checkFile(file, limits)).identity !== checked.identity) {
        throw new SrvauError(
          'BUSY',
          `video ${JSON.stringify(file)}: expected a finished file, received one that changes`,
        );
      }
      const { fps, format } = settings;
      await this.store.publish(dir, {
        schema: 1,
        key,
        videoSha256,
        fps,
        format,
        info,
        truncated,
        warnings,
        frameBytes,
      });
      await this.grown(key, frameBytes);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** Keeps the total within bounds after an insertion. */
  private async grown(key: string, frameBytes: number[]): Promise<void> {
    this.insertions += 1;
    if (this.knownBytes !== undefined) this.knownBytes += frameBytes.reduce((sum, size) => sum + size, 0);
    const due = this.knownBytes === undefined || this.insertions % INSERTIONS_BETWEEN_SCANS === 0;
    if (due || (this.knownBytes ?? 0) > this.maxBytes) this.knownBytes = await this.evict(key);
  }

  /** @param keep the entry just made: its caller has not pinned it yet. */
  private async evict(keep: string): Promise<number> {
    const entries: { key: string; bytes: number; usedMs: number }[] = [];
    for await (const entry of this.store.list()) entries.push(entry);
    let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    if (total <= this.maxBytes) return total;
    entries.sort((a, b) => a.usedMs - b.usedMs || (a.key < b.key ? -1 : 1));
    for (const { key, bytes } of entries) {
      if (total <= this.maxBytes * EVICT_DOWN_TO) break;
      if (key !== keep && (await this.store.evict(key))) total -= bytes;
    }
    return total;
  }

  private result(record: EntryRecord, hit: boolean, release: () => Promise<void>): CachedSample {
    const { key, videoSha256, info, fps, format, truncated, warnings } = record;
    const dir = this.store.framesDir(key);
    const frames = record.frameBytes.map((_, index) => ({
      index,
      timeSec: index / fps,
      file: join(dir, frameName(index, format)),
    }));
    return { key, videoSha256, info, dir, fps, format, frames, truncated, warnings, hit, release };
  }
}

function keyOf(videoSha256: string, { fps, format }: SamplingSettings): string {
  return createHash('sha256')
    .update(JSON.stringify({ sampler: SAMPLER_VERSION, videoSha256, fps, format }))
    .digest('hex');
}
