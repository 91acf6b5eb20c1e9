import {
  type EvaluationTask,
  type GroundingTableRow,
  type QaTableRow,
  type ReportFigures,
  type ReportResult,
  type ReportTables,
  type Thinking,
  VAU_EVAL_DIMENSIONS,
  type VauEvalDimension,
  type VauEvalSummary,
} from '@srvau/contracts';
import { PUBLISHED_GROUNDING, PUBLISHED_QA } from '../published/published-rows';

/** As the paper calls them. */
const DATASET_NAMES: Readonly<Record<string, string>> = { msad: 'MSAD', ucf: 'UCF-Crime', ecva: 'ECVA' };

/** How tables name the rows of a source. */
export function datasetLabel(source: string, datasetName: string): string {
  return Object.hasOwn(DATASET_NAMES, source)
    ? (DATASET_NAMES[source] as string)
    : source === 'unknown'
      ? datasetName
      : source;
}

/** How tables name all sources together. */
const ALL = 'all';

const MEASURED = { kind: 'measured' } as const;

export interface TableInputs {
  /** Name of the model. */
  model: string;
  datasetName: string;
  results: readonly ReportResult[];
  published: boolean;
}

/** Our figures in the shape of the paper's Tables 1, 7 and 2, on request beside those that it prints. */
export function reportTables({ model, datasetName, results, published }: TableInputs): ReportTables {
  const sources = [...new Set(results.flatMap(({ datasets }) => datasets.map(({ dataset }) => dataset)))];
  const blocks = sources.map((source) => ({
    dataset: datasetLabel(source, datasetName),
    of: (task: EvaluationTask, thinking: Thinking): ReportFigures | undefined =>
      find(results, task, thinking)?.datasets.find(({ dataset }) => dataset === source),
  }));
  if (sources.length > 1) blocks.push({ dataset: ALL, of: (task, thinking) => find(results, task, thinking) });

  const qa = blocks.flatMap(({ dataset, of }) => qaRow(dataset, model, of));
  const grounding = blocks.flatMap(({ dataset, of }) => groundingRows(dataset, model, of));
  if (!published) return { qa, grounding };
  return { qa: beside(PUBLISHED_QA, qa), grounding: beside(PUBLISHED_GROUNDING, grounding) };
}

type FiguresOf = (task: EvaluationTask, thinking: Thinking) => ReportFigures | undefined;

const find = (results: readonly ReportResult[], task: EvaluationTask, thinking: Thinking): ReportResult | undefined =>
  results.find((result) => result.task === task && result.thinking === thinking);

function qaRow(dataset: string, model: string, of: FiguresOf): QaTableRow[] {
  const [withoutThink, withThink] = [of('qa', 'without'), of('qa', 'with')];
  // The paper judges what is written with thinking.
  const described = of('describe', 'with') ?? of('describe', 'without');
  if (withoutThink === undefined && withThink === undefined && described === undefined) return [];
  const marks = described?.vauEval ?? null;
  return [
    {
      ...{ dataset, model, origin: MEASURED },
      withoutThink: withoutThink?.scores?.qa.accuracy ?? null,
      withThink: withThink?.scores?.qa.accuracy ?? null,
      vauEval: meansOf(marks),
      total: marks?.total ?? null,
    },
  ];
}

function meansOf(summary: VauEvalSummary | null): Record<VauEvalDimension, number | null> {
  const means = VAU_EVAL_DIMENSIONS.map((name) => [name, summary?.dimensions[name].mean ?? null] as const);
  return Object.fromEntries(means) as Record<VauEvalDimension, number | null>;
}

function groundingRows(dataset: string, model: string, of: FiguresOf): GroundingTableRow[] {
  const both = of('tag', 'with') !== undefined && of('tag', 'without') !== undefined;
  return (['with', 'without'] as const).flatMap((thinking) => {
    const tag = of('tag', thinking)?.scores?.tag;
    if (tag === undefined) return [];
    const name = both ? `${model} (${thinking === 'with' ? 'w/' : 'w/o'} think)` : model;
    const { '0.3': r03, '0.5': r05, '0.7': r07 } = tag.recall;
    return [{ dataset, model: name, origin: MEASURED, mIoU: tag.mIoU, 'R@0.3': r03, 'R@0.5': r05, 'R@0.7': r07 }];
  });
}

/** Dataset by dataset, ours below the paper's, all together last; nothing where nothing of the kind was measured. */
function beside<T extends QaTableRow | GroundingTableRow>(published: readonly T[], measured: readonly T[]): T[] {
  if (measured.length === 0) return [];
  const rows = [...published, ...measured];
  const [total, others] = [rows.filter(isOfAll), rows.filter((row) => !isOfAll(row))];
  const datasets = [...new Set(others.map(({ dataset }) => dataset))];
  return [...datasets.flatMap((dataset) => others.filter((row) => row.dataset === dataset)), ...total];
}

const isOfAll = ({ dataset }: QaTableRow | GroundingTableRow): boolean => dataset === ALL;
