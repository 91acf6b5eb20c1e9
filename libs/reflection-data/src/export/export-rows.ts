import type { ReflectRecord } from '@srvau/contracts';
import { policyPrompt, type PolicyPrompt, type Subject } from '@srvau/reasoning';
import { type ExportFormat, PARTS_COLUMN, type Turn } from './formats';
import { packParts } from './pack-parts';
import { VIDEO_PLACE, withoutPlaces } from './placeholders';

export interface RowOptions {
  /** Path or URI of the record's video, as the trainer is to open it. */
  video: string;
  /** Paths of pictures of it, for trainers without video; empty for none. */
  frames: readonly string[];
  /** Add the column that makes the way back exact. */
  parts: boolean;
}

type Row = Readonly<Record<string, unknown>>;

/** One record as a line to learn from by example. */
export function sftRow(record: ReflectRecord, format: ExportFormat, options: RowOptions): Row {
  const turns = turnsOf(promptOf(record, 'reflection-sft'), format);
  const answer: Turn = { role: 'assistant', content: textFor(format, record.transcript) };
  const columns = {
    ...mediaOf(format, options),
    id: record.id,
    ...(options.parts ? { [PARTS_COLUMN]: JSON.stringify(packParts(record, answer.content)) } : {}),
  };
  return format === 'trl'
    ? { prompt: turns, completion: [answer], ...columns }
    : { messages: [...turns, answer], ...columns };
}

/**
 * One question as a line to try answers to. Names are those of Python arguments, as TRL and ms-swift hand columns to reward
 * functions by name; `solution` is what ms-swift's own functions look at.
 */
export function grpoRow(
  record: ReflectRecord,
  format: Exclude<ExportFormat, 'llama-factory'>,
  options: RowOptions,
): Row {
  const turns = turnsOf(promptOf(record, 'reflection-rft'), format);
  const { task, truth, revised, durationSec } = record;
  return {
    ...(format === 'trl' ? { prompt: turns } : { messages: turns }),
    ...mediaOf(format, options),
    id: `${record.rowId}:${task}`,
    task,
    solution: `<answer>${revised.answer}</answer>`,
    truth_label: truth.label ?? null,
    truth_normal: truth.normal ?? null,
    truth_start_sec: truth.spanSec?.[0] ?? null,
    truth_end_sec: truth.spanSec?.[1] ?? null,
    duration_sec: durationSec,
  };
}

/** What the policy is asked about a record's video. */
export function promptOf(record: ReflectRecord, name: 'reflection-sft' | 'reflection-rft'): PolicyPrompt {
  return policyPrompt(name, subjectOf(record));
}

function subjectOf({ task, question, options, durationSec }: ReflectRecord): Subject {
  if (task === 'qa') return { task, question: question ?? '', options: options ?? [] };
  return durationSec === null || durationSec <= 0 ? { task } : { task, durationSec };
}

function turnsOf({ system, user }: PolicyPrompt, format: ExportFormat): Turn[] {
  const place = format === 'trl' ? '' : VIDEO_PLACE;
  return [
    { role: 'system', content: textFor(format, system) },
    { role: 'user', content: `${place}${textFor(format, user)}` },
  ];
}

const textFor = (format: ExportFormat, text: string): string => (format === 'trl' ? text : withoutPlaces(text));

function mediaOf(format: ExportFormat, { video, frames }: RowOptions): Row {
  return format === 'trl' && frames.length > 0 ? { images: frames } : { videos: [video] };
}
