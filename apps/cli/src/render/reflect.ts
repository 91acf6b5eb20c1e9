import {
  REFLECT_SPLITS,
  type ReflectCard,
  type ReflectCounts,
  type ReflectModelInput,
  type ReflectRecord,
  ROLLOUT_TASKS,
} from '@srvau/contracts';
import { parseTranscript } from '@srvau/reasoning';
import type { Colors } from '../terminal';
import type { DatasetTextOptions } from './dataset';
import { table } from './table';
import { bar, clip, countText, duration, plural, printable, wrap } from './text';

const BAR_WIDTH = 24;
const GROUPS_SHOWN = 30;
const WORDS_SHOWN = 24;

/** What D_reflect holds, for people. */
export function reflectText(
  path: string,
  card: ReflectCard,
  sample: readonly ReflectRecord[],
  options: DatasetTextOptions,
): string {
  const { colors, columns } = options;
  const { statistics } = card;
  const sections = [
    [colors.bold(printable(path)), table(originOf(card), colors, { indent: 2 })],
    [colors.bold('records'), groupsText(card, colors)],
    [colors.bold('first answer'), transitionsText(card, colors)],
    countsText('attempts of the teacher', statistics.attempts, colors),
    countsText('sent back for', statistics.retriedFor, colors),
    countsText(`rejected: ${countText(statistics.rejects.total)}`, statistics.rejects.byReason, colors),
    wordsText(card, colors, columns),
    [colors.bold('spent'), usageText(card, colors)],
  ].filter((lines) => lines.length > 0);
  const records = sample.map((record) => recordText(record, options));
  return [...sections.map((lines) => lines.join('\n')), ...records].join('\n\n');
}

/** One record: what was asked, what is right, and the transcript in colours. */
export function recordText(record: ReflectRecord, { colors, columns }: DatasetTextOptions): string {
  const { id, task, path, split, video, durationSec, anomalyClass, truth, question, options, correctOption } = record;
  const about = [
    task === 'qa' ? 'question' : 'grounding',
    path === 'correct' ? 'wrong → correct' : 'correct → correct',
    ...[split, anomalyClass ?? 'no class', video],
    ...(durationSec === null ? [] : [duration(durationSec)]),
  ];
  const width = Math.max(20, columns - 4);
  const indented = (text: string): string[] => wrap(printable(text), width).map((line) => `    ${line}`);
  const asked =
    task === 'qa'
      ? [
          ...indented(question ?? ''),
          ...(options ?? []).flatMap((option, i) => {
            const letter = String.fromCharCode(65 + i);
            const lines = indented(`${letter}. ${option}`);
            return letter === correctOption ? lines.map((line) => colors.green(line)) : lines;
          }),
        ]
      : [`    truth ${truth.spanSec === undefined ? 'Normal' : `${truth.spanSec[0]}–${truth.spanSec[1]} s`}`];
  const head = `  ${colors.bold(printable(id))}  ${colors.dim(printable(about.join(', ')))}`;
  return [head, ...asked, ...transcriptLines(record, colors, width)].join('\n');
}

function transcriptLines({ transcript, task }: ReflectRecord, colors: Colors, width: number): string[] {
  const { yellow, magenta, green } = colors;
  const rounds = [
    ['think', yellow],
    ['answer', yellow],
    ['reflection', magenta],
    ['think again', green],
    ['final answer', green],
  ] as const;
  const { segments } = parseTranscript(transcript, { grammar: 'reflective', task });
  let round = 0;
  return segments.flatMap(({ kind, text }) => {
    const [name, color] =
      kind === 'glue' ? (['', rounds[round - 1]?.[1] ?? green] as const) : (rounds[round++] ?? [kind, green]);
    const lines = wrap(printable(text), Math.max(10, width - 14));
    return lines.map((line, i) => `    ${colors.dim((i === 0 ? name : '').padEnd(14))}${color(line)}`);
  });
}

function originOf({ inputs, writtenBy, stoppedBy }: ReflectCard): string[][] {
  const { dataset, initial, teacher, imported } = inputs;
  const model = ({ model: { backend, model } }: ReflectModelInput): string => printable(`${backend}:${model}`);
  return [
    ...(dataset === null ? [] : [['dataset', printable(dataset.uri)]]),
    ...(initial === null ? [] : [['base model', model(initial)]]),
    ...(teacher === null ? [] : [['teacher', model(teacher)]]),
    ...imported.map(({ name, format }) => ['imported', printable(`${name} (${format})`)]),
    ['written by', printable(writtenBy)],
    ...(stoppedBy === null ? [] : [['stopped by', stoppedBy]]),
  ];
}

function groupsText({ statistics }: ReflectCard, colors: Colors): string {
  const cells = ({ records, qa, tag, videos }: ReflectCounts): string[] => [records, qa, tag, videos].map(countText);
  const named = (groups: Readonly<Record<string, ReflectCounts>>, kind: string): string[][] => {
    const sorted = Object.entries(groups).sort(([a, m], [b, n]) => n.records - m.records || (a < b ? -1 : 1));
    const rows = sorted
      .slice(0, GROUPS_SHOWN)
      .map(([name, counts]) => [`${kind} ${printable(name)}`, ...cells(counts)]);
    return sorted.length > rows.length ? [...rows, [`… ${sorted.length - rows.length} more`]] : rows;
  };
  const rows = [
    ['all', ...cells(statistics.all)],
    ...REFLECT_SPLITS.map((split) => [`split ${split}`, ...cells(statistics.bySplit[split])]),
    ...named(statistics.bySource, 'source'),
    ...named(statistics.byClass, 'class'),
  ];
  return table(rows, colors, { head: ['', 'records', 'QA', 'grounding', 'videos'], right: [1, 2, 3, 4], indent: 2 });
}

function transitionsText({ statistics: { transitions, meanIou } }: ReflectCard, colors: Colors): string {
  const rows = ROLLOUT_TASKS.map((task) => {
    const { wrongToCorrect, correctToCorrect, unreadable } = transitions[task];
    const all = wrongToCorrect + correctToCorrect;
    const right = all === 0 ? '' : `${((correctToCorrect / all) * 100).toFixed(1)} %`;
    const name = task === 'qa' ? 'QA' : 'grounding';
    return [name, countText(wrongToCorrect), countText(correctToCorrect), right, countText(unreadable)];
  });
  const head = ['', 'wrong → correct', 'correct → correct', 'right at first', 'unreadable'];
  const text = table(rows, colors, { head, right: [1, 2, 3, 4], indent: 2 });
  if (meanIou === null) return text;
  const { records, initial, revised } = meanIou;
  return `${text}\n  mean IoU over ${plural(records, 'anomaly', 'anomalies')}: ${initial.toFixed(3)} → ${revised.toFixed(3)}`;
}

function countsText(title: string, counts: Readonly<Record<string, number>>, colors: Colors): string[] {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (entries.length === 0) return [];
  const most = Math.max(...entries.map(([, count]) => count));
  const rows = entries
    .slice(0, GROUPS_SHOWN)
    .map(([name, count]) => [countText(count), printable(name), colors.cyan(bar(count / most, BAR_WIDTH))]);
  return [colors.bold(title), table(rows, colors, { right: [0], indent: 2 })];
}

function wordsText({ statistics }: ReflectCard, colors: Colors, columns: number): string[] {
  const { words, distinctWords } = statistics;
  if (words.length === 0) return [];
  const shown = words.slice(0, WORDS_SHOWN).map(({ word, count }) => `${printable(word)}\u00a0${count}`);
  const title = `${colors.bold('words of reflections')} ${colors.dim(`train split, ${countText(distinctWords)} distinct`)}`;
  return [title, ...wrap(clip(shown.join(', '), 4 * columns), Math.max(20, columns - 2)).map((line) => `  ${line}`)];
}

function usageText({ statistics: { usage } }: ReflectCard, colors: Colors): string {
  const rows = (['initial', 'teacher', 'rejects'] as const).map((part) => {
    const { promptTokens, completionTokens, costUsd } = usage[part];
    const cost = costUsd === null ? 'no price' : `$${costUsd.toFixed(4)}`;
    return [part === 'initial' ? 'base model' : part, countText(promptTokens), countText(completionTokens), cost];
  });
  return table(rows, colors, { head: ['', 'prompt tokens', 'completion tokens', 'cost'], right: [1, 2, 3], indent: 2 });
}
