import type { Score, SynthCard, SynthCheck } from '@srvau/synthetic';
import type { Colors } from '../terminal';
import { table } from './table';
import { printable } from './text';

export function synthCardText(
  card: SynthCard,
  { out, reused, annotations }: { out: string; reused: number; annotations: string },
  colors: Colors,
): string {
  const rows = Object.entries(card.splits).map(([split, counts]) => [
    split,
    String(counts.clips),
    String(counts.normal),
    String(counts.questions),
    (counts.seconds / 60).toFixed(1),
    Object.keys(counts.byScene).join(', '),
  ]);
  const { width, height } = card.settings;
  return [
    table(rows, colors, { head: ['split', 'clips', 'normal', 'questions', 'minutes', 'scenes'], right: [1, 2, 3, 4] }),
    '',
    `${printable(out)}: ${width}x${height}, synthetic${reused > 0 ? `; ${reused} clips were there already` : ''}`,
    '',
    'Next:',
    `  $ srvau dataset ingest --annotations ${printable(annotations)}/train.jsonl --videos ${printable(out)}/videos --out datasets/synth-train`,
    `  $ srvau synth check ${printable(out)}`,
  ].join('\n');
}

/** Of four options one is right. */
const CHANCE = 25;

export function synthCheckText({ blind, seeing }: SynthCheck, colors: Colors): string {
  const row = (name: string, score: Score): string[] => {
    const { percent, margin } = accuracy(score);
    return [name, `${percent.toFixed(1)} %`, `± ${margin.toFixed(1)}`, `${score.right} of ${score.total}`];
  };
  const layout = { right: [1, 2, 3] };
  return [
    `Without the video (chance ${CHANCE} %; learned from train and asked of the other splits, and the other way round)`,
    table(
      [
        row('words, pairs, letters (conditional logit)', blind.logit),
        row('frequencies of options and letters', blind.frequency),
        ...Object.entries(blind.byType).map(([type, score]) => row(`  logit, ${type}`, score)),
      ],
      colors,
      layout,
    ),
    '',
    `What happens (extra-trees, learned on ${seeing.learnedFrom} clips of train)`,
    table(
      [
        row('one picture from the middle of the event', seeing.picture),
        row('the same, with the still background known', seeing.pictureWithBackground),
        row('the whole video', seeing.video),
        ...Object.entries(seeing.bySplit).flatMap(([split, scores]) => [
          row(`  ${split}, one picture`, scores.picture),
          row(`  ${split}, the whole video`, scores.video),
        ]),
      ],
      colors,
      layout,
    ),
  ].join('\n');
}

/** Percent right, and half the width of its 95 % interval (normal approximation). */
function accuracy({ right, total }: Score): { percent: number; margin: number } {
  const share = total === 0 ? NaN : right / total;
  return { percent: 100 * share, margin: 196 * Math.sqrt((share * (1 - share)) / Math.max(1, total)) };
}
