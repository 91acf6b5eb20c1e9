import type { DatasetCard, DatasetRow, DurationStatistics, GroupCounts, HistogramBin } from '@srvau/contracts';
import type { Colors } from '../terminal';
import { exclusionsText } from './ingest-summary';
import { table } from './table';
import { bar, clip, duration, plural, printable } from './text';

export interface DatasetTextOptions {
  colors: Colors;
  /** Width of the terminal. */
  columns: number;
}

const BAR_WIDTH = 24;
const CLASSES_SHOWN = 30;

/** What a dataset holds, for people. */
export function datasetText(
  path: string,
  card: DatasetCard,
  sample: readonly DatasetRow[],
  { colors, columns }: DatasetTextOptions,
): string {
  const { statistics, inputs, summary, warnings } = card;
  const { videos } = statistics;
  const heading = (text: string): string => colors.bold(text);
  const sections = [
    [
      heading(printable(path)),
      table(
        [
          ['annotations', printable(inputs.annotations.uri)],
          ['videos', printable(inputs.videos.uri)],
          ['sampled at', `${inputs.settings.fps} frames per second`],
          ['written by', printable(card.writtenBy)],
        ],
        colors,
        { indent: 2 },
      ),
    ],
    [
      `${heading('videos')} ${videos.named} named, ${videos.found} found, ${videos.missing} missing, ` +
        `${videos.readable} readable, ${plural(videos.frames, 'frame')}`,
    ],
    [heading('rows'), groupsText(statistics, colors)],
    durationText('video duration', statistics.videoDuration, 'video', colors),
    durationText('anomaly duration', statistics.spanDuration, 'span', colors),
  ];
  const exclusions = exclusionsText(summary.exclusions, colors);
  if (exclusions !== undefined) sections.push([heading('left out'), exclusions]);
  if (warnings.length > 0) {
    const lines = warnings.map(({ reason, count, examples }) => [
      String(count),
      printable(reason),
      colors.dim(clip(printable(examples.join(', ')), Math.max(20, columns - 40))),
    ]);
    sections.push([heading('odd, but kept'), table(lines, colors, { right: [0], indent: 2 })]);
  }
  if (sample.length > 0) sections.push([heading('first rows'), ...sample.map((row) => rowText(row, colors, columns))]);
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

function groupsText(statistics: DatasetCard['statistics'], colors: Colors): string {
  const named = (groups: Record<string, GroupCounts>, kind: string): string[][] => {
    const sorted = Object.entries(groups).sort(([a, m], [b, n]) => n.rows - m.rows || (a < b ? -1 : 1));
    const shown = sorted
      .slice(0, CLASSES_SHOWN)
      .map(([name, counts]) => [`${kind} ${printable(name)}`, ...cells(counts)]);
    return sorted.length > shown.length ? [...shown, [`… ${sorted.length - shown.length} more`]] : shown;
  };
  const rows = [
    ['all', ...cells(statistics.all)],
    ...named(statistics.bySource, 'source'),
    ...named(statistics.bySplit, 'split'),
    ...named(statistics.byClass, 'class'),
  ];
  const head = ['', 'rows', 'normal', 'abnormal', 'QA', 'grounding'];
  return table(rows, colors, { head, right: [1, 2, 3, 4, 5], indent: 2 });
}

function cells({ rows, normal, abnormal, qaEligible, groundingEligible }: GroupCounts): string[] {
  return [rows, normal, abnormal, qaEligible, groundingEligible].map(String);
}

function durationText(title: string, of: DurationStatistics, unit: string, colors: Colors): string[] {
  const { count, totalSec, minSec, meanSec, maxSec } = of;
  if (count === 0 || minSec === null || meanSec === null || maxSec === null) return [`${colors.bold(title)} none`];
  const range = `shortest ${duration(minSec)}, mean ${duration(meanSec)}, longest ${duration(maxSec)}`;
  const line = `${colors.bold(title)} ${plural(count, unit)}, ${duration(totalSec)} in all: ${range}`;
  return [line, histogramText(of.histogram, colors)];
}

/** A line a bin, from the first that holds something to the last. */
export function histogramText(bins: readonly HistogramBin[], colors: Colors): string {
  const filled = bins.map((bin) => bin.count > 0);
  const shown = bins.slice(filled.indexOf(true), filled.lastIndexOf(true) + 1);
  const most = Math.max(...shown.map((bin) => bin.count), 1);
  return table(
    shown.map((bin) => [
      bin.toSec === null ? `≥ ${bin.fromSec} s` : `${bin.fromSec}–${bin.toSec} s`,
      String(bin.count),
      colors.cyan(bar(bin.count / most, BAR_WIDTH)),
    ]),
    colors,
    { right: [0, 1], indent: 2 },
  );
}

function rowText(row: DatasetRow, colors: Colors, columns: number): string {
  const span = row.spanSec === null ? '' : ` ${row.spanSec[0]}–${row.spanSec[1]} s`;
  const kind = row.normal ? 'normal' : `${row.anomalyClass ?? 'abnormal'}${span}`;
  const video = row.frames === null ? 'no video' : plural(row.frames, 'frame');
  const title = `  ${printable(row.id)}  ${colors.dim(printable(`${kind}, ${video}`))}`;
  if (row.question === null) return title;
  const answer = row.correctOption === null || row.options === null ? '' : optionText(row.options, row.correctOption);
  const lines = [row.question, answer].filter((text) => text !== '');
  return [title, ...lines.map((text) => `    ${clip(printable(text), Math.max(20, columns - 6))}`)].join('\n');
}

function optionText(options: readonly string[], letter: string): string {
  return `${letter}. ${options['ABCD'.indexOf(letter)] ?? ''}`;
}
