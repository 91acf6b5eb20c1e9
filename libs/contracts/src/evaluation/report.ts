import type { ModelIdentity } from '../models/model-identity';
import type { TranscriptGrammar } from '../reward/score';
import type { EvaluationProtocol, EvaluationScores, NamedIds, Percent } from './scores';
import type { EvaluationTask, Thinking } from './tasks';
import type { VauEvalDimension, VauEvalSummary } from './vau-eval';

/** Files of a report's directory. `report.json` is written last: a directory without it is not a report yet. */
export const REPORT_FILES = {
  report: 'report.json',
  markdown: 'report.md',
  html: 'report.html',
  transcripts: 'transcripts.parquet',
  judgements: 'judgements.jsonl',
} as const;

export const REPORT_FORMAT = 'srvau-evaluation-report';
/** Raised when a reader of the former version would misread a report. */
export const REPORT_VERSION = 1;

/** Kebab case: the name is also that of a directory, and part of a path on HTTP. */
export const REPORT_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
export const MAX_REPORT_NAME_CHARS = 100;

/**
 * What a model is worth on a dataset under a protocol. Made of its inputs alone: no time, no host and no speed stands in it, so
 * equal inputs give equal bytes.
 */
export interface EvaluationReport {
  format: typeof REPORT_FORMAT;
  version: typeof REPORT_VERSION;
  name: string;
  protocol: { name: EvaluationProtocol; version: number };
  model: ReportModel;
  dataset: ReportDataset;
  /** The request with all defaults resolved, seeds among them; keys in order. */
  settings: Record<string, unknown>;
  /** Of what computed it, by package: `srvau`, `native` … */
  versions: Record<string, string>;
  /** In the order of EVALUATION_TASKS, then of THINKINGS. */
  results: ReportResult[];
  tables: ReportTables;
}

export interface ReportModel {
  /** Without user names, passwords and keys. */
  uri: string;
  /** Its hash is the checkpoint's; null where a backend cannot know it. */
  identity: ModelIdentity;
}

export interface ReportDataset {
  uri: string;
  name: string;
  /** `sha256:<hex>` of its manifest. */
  hash: string;
  /** Null: all of them. */
  split: string | null;
  /** Rows that were chosen, whether or not they take part in a task. */
  rows: number;
  /** Rows of which no item was made, by `<task>:<reason>`: no question, no description … */
  excluded: Record<string, NamedIds>;
}

/** The wording that a model was asked with. */
export interface ReportPrompt {
  id: string;
  /** SHA-256. */
  hash: string;
  /** What it was to write; null where no grammar is asked for, as in a description. */
  grammar: TranscriptGrammar | null;
}

/** One task in one way of asking, over all items and over each source of the dataset. */
export interface ReportResult extends ReportFigures {
  task: EvaluationTask;
  thinking: Thinking;
  prompt: ReportPrompt;
  /** By source: those of the paper first, the others as they come. */
  datasets: ({ dataset: string } & ReportFigures)[];
}

export interface ReportFigures {
  counts: ReportCounts;
  /** Of `qa` and `tag`; null of `describe`. */
  scores: EvaluationScores | null;
  /** Of `describe`; null of the others. */
  vauEval: VauEvalSummary | null;
}

/** How asking went. What is missing stays in the denominators, except where the protocol says otherwise. */
export interface ReportCounts {
  items: number;
  answered: number;
  /** Items without a prediction, by reason: a video that cannot be read, an answer that was held back … */
  missing: NamedIds & { reasons: Record<string, NamedIds> };
  /** Answers by how they ended: `stop`, `length`, `filtered`. */
  finishReasons: Record<string, number>;
  /** Answers in the grammar that was asked for; null where none was. */
  wellFormed: number | null;
  /** Of all answers; null where one did not tell. */
  tokens: { prompt: number | null; completion: number | null };
}

/** In the shape of the paper's tables: 1 and 7 (question answering and VAU-Eval), 2 (temporal grounding). */
export interface ReportTables {
  /** Empty where neither `qa` nor `describe` was evaluated. */
  qa: QaTableRow[];
  /** Empty where `tag` was not evaluated. */
  grounding: GroundingTableRow[];
}

interface TableRow {
  /** As the paper calls it where it knows it: MSAD, UCF-Crime, ECVA. */
  dataset: string;
  model: string;
  /** Where the figures come from. `published`: as printed in that table of the paper, nothing of it was measured here. */
  origin: { kind: 'measured' } | { kind: 'published'; table: number };
}

export interface QaTableRow extends TableRow {
  /** Accuracy, 0–100. */
  withoutThink: Percent;
  withThink: Percent;
  /** Mean marks, 0–10. */
  vauEval: Record<VauEvalDimension, number | null>;
  /** 0–50. */
  total: number | null;
}

export interface GroundingTableRow extends TableRow {
  /** 0–100. */
  mIoU: Percent;
  'R@0.3': Percent;
  'R@0.5': Percent;
  'R@0.7': Percent;
}
