import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, SrvauError } from '@srvau/contracts';
import { type AnnotationRow, Annotator, toCsv, toJsonl } from '../annotate/rows';
import type { ClipOrder } from '../choreography/compose';
import { type PlannedClip, planDataset } from '../plan/plan-dataset';
import { checkSettings, SPLIT_NAMES, type SplitName, type SynthSettings } from '../plan/settings';
import { SCENE_SCRIPT_VERSION } from '../script/scene-script';
import { hireCrew } from './crew';
import { fileError, PARTIAL_PREFIX, readIfThere, SYNTH_FILES, writeWhole } from './files';
import { type FootagePaths, scriptOf } from './render-batch';

export const SYNTH_FORMAT = 'srvau-synth';
/** Raised when equal settings would give other bytes. */
export const SYNTH_VERSION = 1;

/** `synth.json`: what was made. */
export interface SynthCard {
  format: typeof SYNTH_FORMAT;
  version: typeof SYNTH_VERSION;
  scriptVersion: typeof SCENE_SCRIPT_VERSION;
  synthetic: true;
  settings: SynthSettings;
  splits: Partial<Record<SplitName, SplitCounts>>;
}

export interface SplitCounts {
  clips: number;
  questions: number;
  normal: number;
  seconds: number;
  byClass: Record<string, number>;
  byScene: Record<string, number>;
  byQuestion: Record<string, number>;
}

export interface MakeOptions {
  out: string;
  settings: SynthSettings;
  footagePaths: FootagePaths;
  /** Rendering threads; 0: none beside this one. */
  workers: number;
  signal: AbortSignal;
  /** @param reused of `done`, how many were there before */
  onProgress?: (progress: { done: number; total: number; reused: number }) => void;
}

/**
 * Makes clips, scripts and annotations of equal settings in equal bytes. Stopped at any point, the same call goes on with
 * the clips that are missing.
 *
 * @throws SrvauError INVALID_REQUEST for settings; CONFLICT where the directory holds something else or other settings;
 *   UNAVAILABLE without ffmpeg or space; the reason of `signal`
 */
export async function makeDataset(options: MakeOptions): Promise<SynthCard> {
  const settings = checkSettings(options.settings);
  const { out, signal } = options;
  await prepare(out, settings);
  const plan = planDataset(settings);
  const made = await finishedClips(out);
  const missing = plan.filter(({ order }) => !made.has(order.id));
  await renderAll(
    missing.map(({ order }) => order),
    plan.length - missing.length,
    options,
  );
  signal.throwIfAborted();
  const splits: SynthCard['splits'] = {};
  for (const split of SPLIT_NAMES) {
    const clips = plan.filter((clip) => clip.split === split);
    if (clips.length > 0) splits[split] = await annotateSplit(out, settings, split, clips);
  }
  const card: SynthCard = {
    format: SYNTH_FORMAT,
    version: SYNTH_VERSION,
    scriptVersion: SCENE_SCRIPT_VERSION,
    synthetic: true,
    settings,
    splits,
  };
  await writeWhole(join(out, SYNTH_FILES.card), `${JSON.stringify(card, null, 2)}\n`);
  return card;
}

/** The directory must be new, empty, or one that was begun with the same settings. */
async function prepare(out: string, settings: SynthSettings): Promise<void> {
  const file = join(out, SYNTH_FILES.settings);
  const text = `${JSON.stringify({ format: SYNTH_FORMAT, version: SYNTH_VERSION, settings }, null, 2)}\n`;
  const there = await readIfThere(file);
  if (there !== null && there !== text) throw otherSettings(out, there, text);
  try {
    if (there === null) {
      await mkdir(out, { recursive: true });
      const entries = (await readdir(out)).filter((name) => !name.startsWith(PARTIAL_PREFIX));
      if (entries.length > 0) {
        throw SrvauError.mismatch(
          'CONFLICT',
          'out',
          'a directory that is new, empty or of the same settings',
          `${out} with ${entries.length} other entries`,
        );
      }
    }
    for (const folder of [SYNTH_FILES.videos, SYNTH_FILES.scripts, SYNTH_FILES.annotations]) {
      await mkdir(join(out, folder), { recursive: true });
    }
    // What an interrupted run left.
    for (const folder of ['.', SYNTH_FILES.videos, SYNTH_FILES.scripts, SYNTH_FILES.annotations]) {
      for (const name of await readdir(join(out, folder))) {
        if (name.startsWith(PARTIAL_PREFIX)) await rm(join(out, folder, name), { force: true });
      }
    }
  } catch (error) {
    throw fileError(error, out);
  }
  if (there === null) await writeWhole(file, text);
}

function otherSettings(out: string, there: string, wanted: string): SrvauError {
  const fields = differences(settingsIn(there), settingsIn(wanted));
  const named = fields.length === 0 ? 'another version' : `other ${fields.join(', ')}`;
  return SrvauError.mismatch(
    'CONFLICT',
    'out',
    'a directory that is new, empty or of the same settings',
    `${out} of ${named}`,
  );
}

function settingsIn(text: string): Record<string, unknown> {
  try {
    const { settings } = JSON.parse(text) as { settings?: Record<string, unknown> };
    return settings ?? {};
  } catch {
    return {};
  }
}

const differences = (a: Record<string, unknown>, b: Record<string, unknown>): string[] =>
  Object.keys({ ...a, ...b }).filter((key) => canonicalJson(a[key] ?? null) !== canonicalJson(b[key] ?? null));

async function finishedClips(out: string): Promise<Set<string>> {
  const names = await readdir(join(out, SYNTH_FILES.videos));
  return new Set(names.filter((name) => name.endsWith('.mp4')).map((name) => name.slice(0, -'.mp4'.length)));
}

/** Clips that one ffmpeg encodes at once: many where they are small, since it takes longer to start than to encode one. */
export function batchSize({ width, height }: Pick<SynthSettings, 'width' | 'height'>): number {
  return Math.max(1, Math.min(8, Math.floor((8 * 160 * 160) / (width * height))));
}

async function renderAll(orders: readonly ClipOrder[], reused: number, options: MakeOptions): Promise<void> {
  const { settings, out, signal, onProgress } = options;
  const total = reused + orders.length;
  let done = reused;
  onProgress?.({ done, total, reused });
  if (orders.length === 0) return;
  // Small batches at the end keep all threads busy.
  const size = Math.max(1, Math.min(batchSize(settings), Math.ceil(orders.length / Math.max(1, options.workers))));
  const crew = hireCrew(options.workers, { out, footage: options.footagePaths }, signal);
  let next = 0;
  const serve = async (member: number): Promise<void> => {
    while (next < orders.length) {
      const batch = orders.slice(next, next + size);
      next += batch.length;
      await crew.make(batch, member);
      done += batch.length;
      onProgress?.({ done, total, reused });
    }
  };
  try {
    await Promise.all(Array.from({ length: crew.size }, (_, member) => serve(member)));
  } finally {
    // After a failure nothing further is begun.
    next = orders.length;
    await crew.dismiss();
  }
}

async function annotateSplit(
  out: string,
  settings: SynthSettings,
  split: SplitName,
  clips: readonly PlannedClip[],
): Promise<SplitCounts> {
  const annotator = new Annotator(settings.seed, split, settings.questions);
  const rows: AnnotationRow[] = [];
  const counts: SplitCounts = {
    clips: clips.length,
    questions: 0,
    normal: 0,
    seconds: 0,
    byClass: {},
    byScene: {},
    byQuestion: {},
  };
  const add = (table: Record<string, number>, key: string): number => (table[key] = (table[key] ?? 0) + 1);
  for (const clip of clips) {
    const script = scriptOf(clip.order);
    const asked = annotator.annotate(clip, script);
    for (const { id } of asked) add(counts.byQuestion, id.slice(id.lastIndexOf('.') + 1));
    add(counts.byClass, script.anomalyClass);
    add(counts.byScene, script.scene);
    counts.normal += script.normal ? 1 : 0;
    counts.seconds += script.video.durationSec;
    rows.push(...asked);
  }
  counts.questions = rows.length;
  const base = join(out, SYNTH_FILES.annotations, split);
  await writeWhole(`${base}.csv`, toCsv(rows));
  await writeWhole(`${base}.jsonl`, toJsonl(rows));
  return counts;
}
