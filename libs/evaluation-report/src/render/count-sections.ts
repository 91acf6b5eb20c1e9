import {
  type EvaluationReport,
  type NamedIds,
  type ReportResult,
  VAU_EVAL_DIMENSIONS,
  type VauEvalSummary,
} from '@srvau/contracts';
import { count, twoPlaces } from './numbers';
import { numbers, type Row, type Section, texts } from './report-document';
import { resultName } from './result-sections';

const IDS_SHOWN = 5;

/** How asking and judging went: answers, what is missing, odd or left out and why. */
export function countSections({ results, dataset }: EvaluationReport): Section[] {
  return [askedSection(results), ...reasonSection(results, dataset.excluded), ...results.flatMap(judgeSection)];
}

function askedSection(results: readonly ReportResult[]): Section {
  const rows = results.map(({ counts, prompt, ...result }): Row => {
    const ends = Object.entries(counts.finishReasons).map(([reason, times]) => `${reason} ${count(times)}`);
    const tokens = [counts.tokens.prompt, counts.tokens.completion].map(countOrDash);
    return {
      cells: [
        ...[resultName(result), prompt.id, prompt.grammar ?? '–'],
        ...[count(counts.items), count(counts.answered), countOrDash(counts.wellFormed), ...tokens],
        ends.join(', '),
      ],
    };
  });
  return {
    title: 'Answers',
    notes: [],
    isDetail: true,
    table: {
      columns: [
        ...texts('Result', 'Prompt', 'Grammar'),
        ...numbers('Items', 'Answered', 'Well-formed', 'Prompt tokens', 'Answer tokens'),
        ...texts('Ended by'),
      ],
      rows,
    },
  };
}

const countOrDash = (value: number | null): string => (value === null ? '–' : count(value));

function reasonSection(results: readonly ReportResult[], excluded: Readonly<Record<string, NamedIds>>): Section[] {
  const ofDataset = Object.entries(excluded).map(([reason, named]) => reasonRow('dataset', 'no item', reason, named));
  const ofResults = results.flatMap(({ counts, scores, vauEval, ...result }) => {
    const listed = (what: string, reasons: Readonly<Record<string, NamedIds | undefined>>): Row[] =>
      Object.entries(reasons).flatMap(([reason, named]) =>
        named === undefined ? [] : [reasonRow(resultName(result), what, reason, named)],
      );
    return [
      ...listed('missing', counts.missing.reasons),
      ...listed('fault', scores?.faults ?? {}),
      ...listed('takes no part', scores?.skipped ?? {}),
      ...listed('unscored', vauEval?.unscored.reasons ?? {}),
    ];
  });
  const rows = [...ofDataset, ...ofResults];
  if (rows.length === 0) return [];
  return [
    {
      title: 'What is missing, odd or left out',
      notes: ['A prediction with a fault may still be scored; ids are the first ones.'],
      table: { columns: [...texts('Result', 'What', 'Reason'), ...numbers('Items'), ...texts('Ids')], rows },
    },
  ];
}

function reasonRow(result: string, what: string, reason: string, named: NamedIds): Row {
  const shown = named.ids.slice(0, IDS_SHOWN).join(', ');
  return {
    cells: [result, what, reason, count(named.count), named.count > IDS_SHOWN ? `${shown}, …` : shown],
  };
}

function judgeSection({ vauEval, ...result }: ReportResult): Section[] {
  if (vauEval === null) return [];
  const { agreement } = vauEval;
  const rows = [...VAU_EVAL_DIMENSIONS, 'total' as const].map((name): Row => {
    const mean = name === 'total' ? vauEval.total : vauEval.dimensions[name].mean;
    const n = name === 'total' ? vauEval.judged : vauEval.dimensions[name].n;
    const of = agreement?.[name];
    const repeated =
      of === undefined ? [] : [of.meanAbsoluteDifference, of.exact, of.alpha].map(twoPlaces).concat(count(of.pairs));
    return { cells: [name === 'total' ? 'Total' : name.toUpperCase(), twoPlaces(mean), count(n), ...repeated] };
  });
  const repeated = agreement === null ? [] : ['Mean difference', 'Equal, %', 'Alpha', 'Pairs'];
  return [
    {
      title: `VAU-Eval: ${resultName(result)}`,
      notes: judgeNotes(vauEval),
      table: { columns: [...texts('Dimension'), ...numbers('Mean', 'Items', ...repeated)], rows },
    },
  ];
}

function judgeNotes(summary: VauEvalSummary): string[] {
  const { judge, promptId, promptHash, sampling, repeats, items, judged, unscored, replies, faults } = summary;
  const refused = Object.entries(faults).map(([fault, times]) => `${fault} ${count(times)}`);
  const answeredBy = Object.entries(summary.answeredBy).map(([model, times]) => `${model} (${count(times)})`);
  return [
    `Judge: ${judge.model} (${judge.backend}${judge.hash === null ? '' : `, ${judge.hash}`}), prompt ${promptId} (${promptHash}), ` +
      `temperature ${sampling.temperature}, seed ${sampling.seed}, at most ${count(sampling.maxNewTokens)} tokens, ` +
      `${repeats === 1 ? 'each item once' : `each item ${repeats} times`}.`,
    `${count(judged)} of ${count(items)} items judged, ${count(unscored.count)} unscored and in no mean. ` +
      `${count(replies)} replies${refused.length === 0 ? '' : `; sent back: ${refused.join(', ')}`}` +
      `${answeredBy.length === 0 ? '' : `; answered by ${answeredBy.join(', ')}`}.`,
  ];
}
