import type { CommonOptions } from '../options';

interface ReportPlaceOptions extends CommonOptions {
  /** Directory of the reports. */
  dir?: string;
}

export interface EvaluateReportsOptions extends ReportPlaceOptions {
  /** Name, path or URI of the one to show; all are listed without it. */
  report?: string;
  /** Sections that most readers do not come for. */
  full: boolean;
  markdown: boolean;
}

export interface EvaluateCompareOptions extends ReportPlaceOptions {
  first: string;
  second: string;
  resamples: number;
  seed: number;
  anyway: boolean;
}
