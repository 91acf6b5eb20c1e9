import type { AnnotatedEvent } from '@srvau/contracts';
import { Decks } from '../plan/deck';
import type { PlannedClip } from '../plan/plan-dataset';
import type { SplitName } from '../plan/settings';
import { Random } from '../random/random';
import type { SceneScript } from '../script/scene-script';
import { Questioner } from './ask';
import { descriptionOf, eventsOf, keyObjectOf, reasoningOf, tenth } from './prose';
import type { Question, QuestionType } from './question';

/** One line of the JSONL form that `srvau dataset ingest` reads, and, but for `id`, `source`, `split` and `events`, of VAU-Bench's CSV. */
export interface AnnotationRow {
  id: string;
  video: string;
  question: string;
  options: Question['options'];
  answer: Question['answer'];
  keyObject: string;
  description: string;
  reasoning: string;
  anomalyClass: string;
  spanSec: readonly [number, number] | null;
  events: readonly Omit<AnnotatedEvent, 'endSec'>[];
  source: 'synthetic';
  split: 'train' | 'val' | 'test';
}

/** Annotates the clips of one split, in their order: the questions to a clip depend on what was asked before. */
export class Annotator {
  private readonly questioner: Questioner;

  constructor(
    private readonly seed: number,
    private readonly split: SplitName,
    private readonly questionsPerClip: number,
  ) {
    this.questioner = new Questioner(new Decks(new Random(`srvau-synth/${seed}/${split}/letters`)));
  }

  annotate(clip: PlannedClip, script: SceneScript): AnnotationRow[] {
    const random = new Random(`${script.seed}/questions/${this.seed}`);
    const questions = this.questioner.ask(script, clip.optionSet, this.questionsPerClip, random);
    return questions.map((question) => this.row(script, question));
  }

  private row(script: SceneScript, question: Question): AnnotationRow {
    return {
      id: rowId(script.id, question.type),
      video: videoName(script.id),
      question: question.text,
      options: question.options,
      answer: question.answer,
      keyObject: keyObjectOf(script),
      description: descriptionOf(script),
      reasoning: reasoningOf(script),
      anomalyClass: script.anomalyClass,
      spanSec: script.normal ? null : [tenth(script.event.startSec), tenth(script.event.endSec)],
      events: eventsOf(script),
      source: 'synthetic',
      split: this.split === 'train' || this.split === 'val' ? this.split : 'test',
    };
  }
}

export const videoName = (clipId: string): string => `${clipId}.mp4`;
export const rowId = (clipId: string, type: QuestionType): string => `${clipId}.${type}`;

const CSV_HEADER =
  'Video Name,Question,Option 1,Option 2,Option 3,Option 4,Correct Option,Key Object,Description,Reasoning,Anomaly Class,Start Time,End Time';

/** VAU-Bench's columns; 0, 0 stands for no span. */
export function toCsv(rows: readonly AnnotationRow[]): string {
  const lines = rows.map((row) => {
    const [start, end] = row.spanSec ?? [0, 0];
    const { video, question, options, answer, keyObject, description, reasoning, anomalyClass } = row;
    return [
      video,
      question,
      ...options,
      answer,
      keyObject,
      description,
      reasoning,
      anomalyClass,
      start.toFixed(1),
      end.toFixed(1),
    ]
      .map(csvField)
      .join(',');
  });
  return `${[CSV_HEADER, ...lines].join('\n')}\n`;
}

export function toJsonl(rows: readonly AnnotationRow[]): string {
  return rows
    .map(({ spanSec, ...row }) => `${JSON.stringify(spanSec === null ? row : { ...row, spanSec })}\n`)
    .join('');
}

const csvField = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
