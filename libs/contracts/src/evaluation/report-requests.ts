import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import type { EvaluationReport, ReportDataset, ReportModel } from './report';
import type { ReportComparison } from './report-comparison';
import { BootstrapSeed, ReportName, Resamples } from './request-rules';
import type { EvaluationProtocol } from './scores';
import type { EvaluationTask, Thinking } from './tasks';

export const MAX_REPORTS_LISTED = 1000;
export const DEFAULT_REPORTS_LISTED = 100;

/** How a report comes: as data, or as a text for people. */
export const REPORT_FORMS = ['json', 'markdown', 'html'] as const;
export type ReportForm = (typeof REPORT_FORMS)[number];

/** Request of `srvau.evaluation.reports.list`. */
export class ListReportsRequest {
  /** Reports whose names come after this one. */
  @IsOptional()
  @ReportName()
  after?: string;

  /** 100 without it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_REPORTS_LISTED)
  limit?: number;
}

/** What a report is about, without its figures. */
export interface ReportSummary {
  name: string;
  protocol: { name: EvaluationProtocol; version: number };
  model: ReportModel;
  dataset: Omit<ReportDataset, 'excluded'>;
  results: { task: EvaluationTask; thinking: Thinking; items: number; headline: ReportHeadline }[];
}

/** The one figure by which a result is known: accuracy or mIoU (0–100), VAU-Eval's total (0–50). */
export interface ReportHeadline {
  figure: 'accuracy' | 'mIoU' | 'total';
  value: number | null;
}

export interface ListReportsReply {
  /** By name. */
  reports: ReportSummary[];
  /** Whether there are more after the last one. */
  more: boolean;
  /** Directories among them that are no report that can be read: unfinished, damaged, of another version, not ours. */
  others: { name: string; reason: string }[];
}

/** Request of `srvau.evaluation.reports.get`. */
export class GetReportRequest {
  @ReportName()
  name!: string;

  /** `json` without it. */
  @IsOptional()
  @IsIn(REPORT_FORMS)
  form?: ReportForm;
}

/** The report itself, or with `markdown` and `html` its text. */
export type GetReportReply = EvaluationReport | { name: string; form: 'markdown' | 'html'; text: string };

/** Request of `srvau.evaluation.reports.compare`. */
export class CompareReportsRequest {
  /** What the second one is held against. */
  @ReportName()
  first!: string;

  @ReportName()
  second!: string;

  /** Of the bootstrap; 1,000 without it. */
  @Resamples(1)
  resamples?: number;

  /** Of the bootstrap; 0 without it. */
  @BootstrapSeed()
  seed?: number;

  /** Compares in spite of another dataset, protocol or judge; items are still paired only where their truth is the same. */
  @IsOptional()
  @IsBoolean()
  anyway?: boolean;
}

export type CompareReportsReply = ReportComparison;
