import { type ReflectRecord, refuseOtherFields, type TruthRow, wrongField } from '@srvau/contracts';

type WithTruth = Pick<ReflectRecord, 'task' | 'question' | 'options' | 'correctOption' | 'truth'>;

const QA = { label: true };
const NORMAL = { normal: true };
const ANOMALY = { normal: true, spanSec: true };

/**
 * What is right must be known whole, and only what belongs to the task.
 *
 * @returns the truth with its fields in order.
 * @throws SrvauError UNPROCESSABLE with the first wrong field.
 */
export function checkTruth(record: WithTruth, where: string): TruthRow {
  return record.task === 'qa' ? checkChoice(record, where) : checkGrounding(record, where);
}

function checkChoice({ question, options, correctOption, truth }: WithTruth, where: string): TruthRow {
  if (question === null) throw wrongField(where, 'question', 'the text of a question, as the task is qa', question);
  if (options === null) throw wrongField(where, 'options', 'the options, as the task is qa', options);
  const letters = options.map((_, i) => String.fromCharCode(65 + i));
  if (correctOption === null || !letters.includes(correctOption)) {
    throw wrongField(where, 'correctOption', `one of ${letters.join(', ')}`, correctOption);
  }
  if (truth.label !== correctOption) throw wrongField(where, 'truth.label', `${correctOption}`, truth.label);
  refuseOtherFields(truth, QA, where, 'truth.');
  return { label: correctOption };
}

function checkGrounding(record: WithTruth, where: string): TruthRow {
  for (const field of ['question', 'options', 'correctOption'] as const) {
    if (record[field] !== null) throw wrongField(where, field, 'null, as the task is tag', record[field]);
  }
  const { normal, spanSec } = record.truth;
  if (typeof normal !== 'boolean') throw wrongField(where, 'truth.normal', 'true or false', normal);
  refuseOtherFields(record.truth, normal ? NORMAL : ANOMALY, where, 'truth.');
  if (normal) return { normal };
  if (!isSpan(spanSec)) throw wrongField(where, 'truth.spanSec', '[start, end] in seconds, 0 ≤ start < end', spanSec);
  return { normal, spanSec: [spanSec[0], spanSec[1]] };
}

function isSpan(value: unknown): value is readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [start, end] = value as unknown[];
  return Number.isFinite(start) && Number.isFinite(end) && Number(start) >= 0 && Number(start) < Number(end);
}
