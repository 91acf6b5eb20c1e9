import type { JobProgress, StructuredLog } from '@srvau/contracts';
import {
  type Answer,
  derivedSeed,
  type IngestedVideos,
  type LocalVideo,
  messagesOf,
  openingFaultOf,
  type PatientModel,
  requestFaultOf,
  WorkProgress,
} from '@srvau/model-pool';
import type { Generation } from '@srvau/models';
import { concurrently, usableVideo, type VideoResolution } from '@srvau/storage';
import type { Answers, Outcome } from './answers';
import type { PlannedItem } from './plan';
import type { RunSettings } from './settings';
import { questionOf } from './ways';

export interface AskDeps {
  model: PatientModel;
  videos: IngestedVideos;
  /** What the rows' names of videos came to. */
  files: ReadonlyMap<string, VideoResolution>;
  settings: RunSettings;
  answers: Answers;
  /** Items computed together; null where each is asked by itself. */
  batch: number | null;
  /** Items asked at once, where each is asked by itself. */
  concurrency: number;
  signal: AbortSignal;
  progress(progress: JobProgress): void;
  log: StructuredLog;
}

export interface Asked {
  /** By key. */
  outcomes: ReadonlyMap<string, Outcome>;
  /** Answers of this very run. */
  answeredNow: number;
}

/** While one batch is computed the videos of the next one are decoded. */
const BATCHES_AT_ONCE = 2;

/**
 * Asks a model everything that nobody has answered yet. Answers are on disk before they count; what is wrong with a video is
 * not kept, and looked at again by the next run.
 *
 * @param items in the order in which they are to be asked
 * @throws SrvauError that concerns all of them; the signal's reason
 */
export async function askItems(items: readonly PlannedItem[], deps: AskDeps): Promise<Asked> {
  const { model, answers, batch, concurrency, signal, log } = deps;
  const { outcomes, askable } = knownOf(items, deps);
  // Batches are cut from all items, whatever is done of them: going on composes the same ones.
  const units = unitsOf(askable, batch ?? 1)
    .map((unit) => unit.filter(({ key }) => !outcomes.has(key)))
    .filter((unit) => unit.length > 0);
  let answeredNow = 0;
  using progress = new WorkProgress({
    ...{ models: { 'the model': model }, total: items.length, progress: deps.progress },
    ...{ log, fields: { model: model.identity.model } },
  });
  progress.show(outcomes.size);
  log.info({ items: items.length, toAsk: items.length - outcomes.size }, 'asking the model');
  await concurrently(units, batch === null ? concurrency : BATCHES_AT_ONCE, signal, async (unit, either) => {
    const asked = await askUnit(unit, deps, either);
    await answers.add(asked.filter(({ kept }) => kept).map(({ key, outcome }) => [key, outcome] as const));
    for (const { key, outcome } of asked) {
      outcomes.set(key, outcome);
      if ('completion' in outcome) answeredNow += 1;
    }
    progress.show(outcomes.size);
  });
  return { outcomes, answeredNow };
}

/** What is known without asking, and what can be asked, whether or not it has been. */
export function knownOf(
  items: readonly PlannedItem[],
  { answers, files }: Pick<AskDeps, 'answers' | 'files'>,
): { outcomes: Map<string, Outcome>; askable: PlannedItem[] } {
  const outcomes = new Map<string, Outcome>();
  const askable: PlannedItem[] = [];
  for (const item of items) {
    const answered = answers.get(item.key);
    const known = answered ?? faultOfFile(item, files);
    if (known !== undefined) outcomes.set(item.key, known);
    if (answered !== undefined || known === undefined) askable.push(item);
  }
  return { outcomes, askable };
}

interface AskedItem {
  key: string;
  outcome: Outcome;
  /** Goes into the journal. */
  kept: boolean;
}

async function askUnit(unit: readonly PlannedItem[], deps: AskDeps, signal: AbortSignal): Promise<AskedItem[]> {
  const { model, settings, videos, files, batch } = deps;
  const opened: LocalVideo[] = [];
  const asked: AskedItem[] = [];
  const requests: { item: PlannedItem; request: Generation }[] = [];
  try {
    for (const item of unit) {
      const file = usableVideo(files.get(item.row.video));
      if ('fault' in file) continue;
      try {
        const video = await videos.open(file.uri, item.row.videoSha256, signal);
        opened.push(video);
        requests.push({ item, request: generationOf(item, video.uri, settings) });
      } catch (error) {
        const fault = openingFaultOf(error);
        if (fault === undefined) throw error;
        asked.push({ key: item.key, outcome: missingBy(fault), kept: false });
      }
    }
    const all = requests.map(({ request }) => request);
    const answers =
      batch === null
        ? await Promise.allSettled(all.map((request) => model.ask(request, signal)))
        : await model.askBatch(all, signal);
    signal.throwIfAborted();
    for (const [i, { item }] of requests.entries()) {
      const answer = answers[i];
      if (answer !== undefined) asked.push({ key: item.key, ...outcomeOf(answer) });
    }
    return asked;
  } finally {
    await Promise.all(opened.map((video) => video[Symbol.asyncDispose]()));
  }
}

function generationOf(item: PlannedItem, videoUri: string, settings: RunSettings): Generation {
  const { prompt, context } = questionOf(item.row, item.way);
  return {
    messages: messagesOf(prompt, videoUri, settings),
    sampling: { ...settings.sampling, seed: derivedSeed(settings.seed, item.key) },
    ...(context === undefined ? {} : { context }),
  };
}

/** @throws what is no fault of this item alone */
function outcomeOf(answer: PromiseSettledResult<Answer>): Omit<AskedItem, 'key'> {
  if (answer.status === 'rejected') {
    const fault = requestFaultOf(answer.reason);
    if (fault === undefined) throw answer.reason;
    return { outcome: missingBy(fault), kept: fault.of !== 'video' };
  }
  const { completion, usage } = answer.value;
  const { text, reasoning, finishReason } = completion;
  if (finishReason === 'filtered') {
    return { outcome: { missing: 'filtered', detail: 'a filter of contents held the answer back' }, kept: true };
  }
  const outcome = {
    ...{ completion: text, finishReason },
    ...(reasoning === undefined ? {} : { reasoning }),
    promptTokens: usage?.promptTokens ?? null,
    completionTokens: usage?.completionTokens ?? null,
  };
  return { outcome, kept: true };
}

const missingBy = ({ reason, detail }: { reason: string; detail: string }): Outcome => ({ missing: reason, detail });

function faultOfFile({ row }: PlannedItem, files: ReadonlyMap<string, VideoResolution>): Outcome | undefined {
  const file = usableVideo(files.get(row.video));
  return 'fault' in file ? { missing: file.fault, detail: file.detail } : undefined;
}

function unitsOf(items: readonly PlannedItem[], size: number): PlannedItem[][] {
  const units: PlannedItem[][] = [];
  for (let at = 0; at < items.length; at += size) units.push(items.slice(at, at + size));
  return units;
}
