import {
  DATASET_SOURCES,
  EVALUATION_PROTOCOL_VERSION,
  EVALUATION_TASKS,
  type EvaluationProtocol,
  type EvaluationReport,
  type EvaluationTask,
  REPORT_FORMAT,
  REPORT_VERSION,
  type ReportDataset,
  type ReportModel,
  type ReportPrompt,
  type ReportResult,
  type Thinking,
  THINKINGS,
  type TranscriptGrammar,
  type VauEvalJudgement,
  type VauEvalSummary,
} from '@srvau/contracts';
import { transcriptRow } from '../transcripts/transcript-row';
import type { TranscriptRow } from '../transcripts/transcripts-table';
import type { EvaluatedItem } from './evaluated-item';
import { type PartSettings, ReportPart } from './report-part';
import { reportTables } from './report-tables';
import { inOrder } from './in-order';
import { withoutSecrets } from './without-secrets';

/** What a report says of how it was made. */
export interface ReportHead {
  name: string;
  protocol: EvaluationProtocol;
  /** What answers are scored as; undefined: the last answer is the final one, whatever was asked for. */
  grammar?: TranscriptGrammar | undefined;
  model: ReportModel;
  dataset: ReportDataset;
  /** The request with all defaults resolved. */
  settings: object;
  versions: Readonly<Record<string, string>>;
  /** Of each task and way of asking that items come of. */
  prompts: readonly { task: EvaluationTask; thinking: Thinking; prompt: ReportPrompt }[];
  /** Of the bootstrap; 0 leaves the intervals out. */
  resamples: number;
  seed: number;
  /** Shows the paper's rows beside ours. */
  published: boolean;
  /** Makes VAU-Eval's figures of judgements; needed where items are judged. */
  summarize?: (judgements: VauEvalJudgement[]) => VauEvalSummary;
}

interface Part extends PartSettings {
  task: EvaluationTask;
  thinking: Thinking;
  all: ReportPart;
  bySource: Map<string, ReportPart>;
}

/**
 * Makes a report of evaluated items. They are scored once more as a whole at the end, so items, transcripts and figures cannot
 * disagree. The same items in the same order give the same report.
 */
export class ReportBuilder {
  private readonly parts: readonly Part[];

  constructor(private readonly head: ReportHead) {
    const { protocol, grammar, resamples, seed, prompts, summarize } = head;
    const scoring = { protocol, grammar, resamples, seed };
    this.parts = prompts.map(({ task, thinking, prompt }) => {
      const settings = { prompt, scoring, summarize };
      return { task, thinking, ...settings, all: new ReportPart(settings), bySource: new Map<string, ReportPart>() };
    });
  }

  /**
   * Takes an item and scores it.
   * @returns its line of `transcripts.parquet`
   * @throws RangeError for an item that no prompt of the head is of
   */
  add(item: EvaluatedItem): TranscriptRow {
    const part = this.parts.find(({ task, thinking }) => task === item.task && thinking === item.thinking);
    if (part === undefined) throw new RangeError(`expected no item of ${item.task} ${item.thinking} thinking`);
    const row = transcriptRow(item, part.prompt, this.head);
    const source = part.bySource.get(item.dataset) ?? new ReportPart(part);
    part.bySource.set(item.dataset, source);
    part.all.add(item, row.wellFormed);
    source.add(item, row.wellFormed);
    return row;
  }

  /**
   * In steps, between which others may have a turn; see `inTurns`.
   * @throws SrvauError UNPROCESSABLE for items that cannot be scored: one id twice, more than 1,000 classes
   */
  *finish(): Generator<void, EvaluationReport> {
    const { name, protocol, model, dataset, settings, versions, published } = this.head;
    const results: ReportResult[] = [];
    for (const part of [...this.parts].sort((a, b) => placeOf(a) - placeOf(b))) {
      if (part.bySource.size > 0) results.push(yield* resultOf(part));
    }
    return {
      ...{ format: REPORT_FORMAT, version: REPORT_VERSION, name },
      protocol: { name: protocol, version: EVALUATION_PROTOCOL_VERSION },
      model: { uri: withoutSecrets(model.uri), identity: model.identity },
      dataset: { ...dataset, uri: withoutSecrets(dataset.uri) },
      settings: inOrder(settings),
      versions: inOrder(versions) as Record<string, string>,
      results,
      tables: reportTables({ model: model.identity.model, datasetName: dataset.name, results, published }),
    };
  }
}

const placeOf = ({ task, thinking }: Part): number =>
  EVALUATION_TASKS.indexOf(task) * THINKINGS.length + THINKINGS.indexOf(thinking);

/** Those of the paper first, in its order; the others as they came. */
function rankOf(source: string): number {
  const place = (DATASET_SOURCES as readonly string[]).indexOf(source);
  return place === -1 ? DATASET_SOURCES.length : place;
}

function* resultOf({ task, thinking, prompt, all, bySource }: Part): Generator<void, ReportResult> {
  const figures = yield* all.figures();
  const sources = [...bySource].sort(([a], [b]) => rankOf(a) - rankOf(b));
  const datasets: ReportResult['datasets'] = [];
  for (const [dataset, part] of sources) {
    datasets.push({ dataset, ...(sources.length === 1 ? figures : yield* part.figures()) });
  }
  return { task, thinking, prompt, ...figures, datasets };
}
