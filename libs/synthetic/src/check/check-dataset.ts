import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OPTION_LETTERS, SrvauError } from '@srvau/contracts';
import { streamFrames } from '@srvau/video';
import type { AnnotationRow } from '../annotate/rows';
import { lumaOf, medianPicture } from '../composite/blobs';
import { readIfThere, SYNTH_FILES } from '../make/files';
import { scriptPath, videoPath } from '../make/render-batch';
import type { SynthCard } from '../make/make-dataset';
import { type SplitName, SPLIT_NAMES } from '../plan/settings';
import { EVENT_KINDS, type EventKind, KINDS } from '../script/kinds';
import type { SceneScript } from '../script/scene-script';
import { type BlindItem, ChoiceModel, FrequencyModel } from './choice-model';
import { ExtraTrees } from './extra-trees';
import { courseFeatures, eventFeatures, foregroundFeatures, LOOK_PX, pictureAt, pictureFeatures } from './features';

/** Right answers out of so many questions. */
export interface Score {
  right: number;
  total: number;
}

export interface SynthCheck {
  /**
   * Texts and letters only; every question is asked once, with what was learned from clips of other splits. (Folds within a
   * split would score below chance: answers are dealt evenly, so what is missing among some is more frequent among others.)
   */
  blind: { logit: Score; frequency: Score; byType: Record<string, Score> };
  /** "What happens", of clips that were not learned from: train → the others. */
  seeing: {
    learnedFrom: number;
    picture: Score;
    pictureWithBackground: Score;
    video: Score;
    bySplit: Record<string, Record<'picture' | 'video', Score>>;
    /** Which kinds of event give themselves away in one picture. */
    byKind: Partial<Record<EventKind, Record<'picture' | 'pictureWithBackground' | 'video', Score>>>;
  };
}

export interface CheckOptions {
  signal: AbortSignal;
  /** Clips looked at for `seeing`, at most. */
  maxClips: number;
  /** Videos decoded at once. */
  concurrency: number;
  onProgress?: (done: number, total: number) => void;
}

const LOOK_FPS = 4;

/**
 * Measures what questions give away: to somebody who sees no video, to somebody who sees one picture (the best there is: from
 * the middle of the event), and to somebody who sees the video, all three learners with no knowledge of the world. Who sees
 * the video is told when the event is, too, and sees that picture among the others: else the one would be compared with what
 * the other was not given.
 *
 * @throws SrvauError NOT_FOUND for a directory that is not a finished one of `makeDataset`
 */
export async function checkDataset(dir: string, options: CheckOptions): Promise<SynthCheck> {
  const card = await readIfThere(join(dir, SYNTH_FILES.card));
  if (card === null)
    throw SrvauError.mismatch('NOT_FOUND', dir, `a finished directory with ${SYNTH_FILES.card}`, 'none');
  const { splits } = JSON.parse(card) as SynthCard;
  const rows: { split: SplitName; row: AnnotationRow }[] = [];
  for (const split of SPLIT_NAMES) {
    if (splits[split] === undefined) continue;
    const text = await readFile(join(dir, SYNTH_FILES.annotations, `${split}.jsonl`), 'utf8');
    for (const line of text.split('\n')) if (line !== '') rows.push({ split, row: JSON.parse(line) as AnnotationRow });
  }
  return { blind: checkBlind(rows), seeing: await checkSeeing(dir, rows, options) };
}

/** @param rows with the split of each; what is learned from train is asked of the other splits, and the other way round */
export function checkBlind(rows: readonly { split: SplitName; row: AnnotationRow }[]): SynthCheck['blind'] {
  const items = rows.map(({ split, row }) => ({
    ...blindItem(row),
    train: split === 'train',
    type: row.id.slice(row.id.lastIndexOf('.') + 1),
  }));
  const result = { logit: score(), frequency: score(), byType: {} as Record<string, Score> };
  for (const learnFromTrain of [true, false]) {
    const learned = items.filter(({ train }) => train === learnFromTrain);
    const logit = new ChoiceModel().train(learned);
    const frequency = new FrequencyModel().train(learned);
    for (const item of items) {
      if (item.train === learnFromTrain) continue;
      const right = logit.choose(item) === item.answer;
      count(result.logit, right);
      count((result.byType[item.type] ??= score()), right);
      count(result.frequency, frequency.choose(item) === item.answer);
    }
  }
  return result;
}

const blindItem = ({ question, options, answer }: AnnotationRow): BlindItem => ({
  question,
  options,
  answer: OPTION_LETTERS.indexOf(answer),
});

interface Seen {
  split: SplitName;
  kind: EventKind;
  options: readonly EventKind[];
  picture: Float32Array;
  pictureWithBackground: Float32Array;
  video: Float32Array;
}

async function checkSeeing(
  dir: string,
  rows: readonly { split: SplitName; row: AnnotationRow }[],
  options: CheckOptions,
): Promise<SynthCheck['seeing']> {
  const asked = rows.filter(({ row }) => row.id.endsWith('.what'));
  const step = Math.max(1, asked.length / options.maxClips);
  const wanted = asked.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
  const seen: Seen[] = [];
  let next = 0;
  const look = async (): Promise<void> => {
    for (let at = next++; at < wanted.length; at = next++) {
      const { split, row } = wanted[at] as (typeof wanted)[number];
      // In the plan's order whoever is through first.
      seen[at] = await lookAt(dir, split, row, options.signal);
      options.onProgress?.(next, wanted.length);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, look));
  const learned = seen.filter(({ split }) => split === 'train');
  const tested = seen.filter(({ split }) => split !== 'train');
  const result: SynthCheck['seeing'] = {
    learnedFrom: learned.length,
    picture: score(),
    pictureWithBackground: score(),
    video: score(),
    bySplit: {},
    byKind: {},
  };
  if (learned.length === 0) return result;
  const labels = learned.map(({ kind }) => EVENT_KINDS.indexOf(kind));
  for (const name of ['picture', 'pictureWithBackground', 'video'] as const) {
    const model = new ExtraTrees(
      learned.map((each) => each[name]),
      labels,
      EVENT_KINDS.length,
    );
    for (const each of tested) {
      const shares = model.predict(each[name]);
      const among = each.options.map((kind) => shares[EVENT_KINDS.indexOf(kind)] ?? 0);
      const right = each.options[among.indexOf(Math.max(...among))] === each.kind;
      count(result[name], right);
      const ofKind = (result.byKind[each.kind] ??= {
        picture: score(),
        pictureWithBackground: score(),
        video: score(),
      });
      count(ofKind[name], right);
      if (name === 'pictureWithBackground') continue;
      const table = (result.bySplit[each.split] ??= { picture: score(), video: score() });
      count(table[name], right);
    }
  }
  return result;
}

async function lookAt(dir: string, split: SplitName, row: AnnotationRow, signal: AbortSignal): Promise<Seen> {
  const clip = row.id.slice(0, row.id.lastIndexOf('.'));
  const script = JSON.parse(await readFile(scriptPath(dir, clip), 'utf8')) as SceneScript;
  const pictures: Uint8Array[] = [];
  for await (const frame of streamFrames(videoPath(dir, clip), {
    fps: LOOK_FPS,
    size: { width: LOOK_PX, height: LOOK_PX },
    signal,
  })) {
    pictures.push(frame.data);
  }
  const middleSec = (script.event.startSec + script.event.endSec) / 2;
  const lumas = pictures.map(lumaOf);
  const background = medianPicture(lumas);
  const alone = pictureFeatures(pictureAt(pictures, middleSec, LOOK_FPS));
  const still = foregroundFeatures(pictureAt(lumas, middleSec, LOOK_FPS), background);
  const around = eventFeatures(lumas, background, middleSec, LOOK_FPS);
  return {
    split,
    kind: script.kind,
    options: row.options.map(kindOfPhrase),
    picture: Float32Array.from(alone),
    pictureWithBackground: Float32Array.from([...alone, ...still]),
    video: Float32Array.from([...alone, ...still, ...around, ...courseFeatures(lumas, background)]),
  };
}

function kindOfPhrase(phrase: string): EventKind {
  const kind = EVENT_KINDS.find((each) => KINDS[each].phrases.includes(phrase));
  if (kind === undefined) throw SrvauError.mismatch('UNPROCESSABLE', 'option', 'a phrase of a kind of event', phrase);
  return kind;
}

const score = (): Score => ({ right: 0, total: 0 });
function count(into: Score, right: boolean): void {
  into.total += 1;
  into.right += right ? 1 : 0;
}
