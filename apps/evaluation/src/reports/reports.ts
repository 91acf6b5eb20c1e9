import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import {
  type CompareReportsRequest,
  type EvaluationReport,
  inField,
  type ListReportsReply,
  type ListReportsRequest,
  type ReportComparison,
  type ReportForm,
} from '@srvau/contracts';
import {
  type ComparedReport,
  compareReports,
  readScoredItems,
  refuseOthers,
  reportHtml,
  reportMarkdown,
  ReportStore,
} from '@srvau/evaluation-report';
import { EvaluationConfig } from '../evaluation-config';
import { Places } from '../load/places';
import { ReportPlace } from '../report-place';

/** Each holds the scores of two reports' items, some 300 bytes an item. */
const COMPARISONS_AT_ONCE = 4;
const NEVER = new AbortController().signal;

/** The reports of this service: what NATS and HTTP both ask. */
@Injectable()
export class Reports {
  private readonly reports: ReportStore;
  private readonly cacheDir: string;
  private readonly comparisons = new Places({
    most: COMPARISONS_AT_ONCE,
    full: (underWay) => `${underWay} reports are being compared`,
  });

  constructor(
    private readonly place: ReportPlace,
    config: EvaluationConfig,
  ) {
    this.reports = new ReportStore(place.store, place.uri);
    this.cacheDir = join(config.home, 'evaluation-transcripts');
  }

  list(request: ListReportsRequest): Promise<ListReportsReply> {
    return this.reports.list(request);
  }

  /** @throws SrvauError NOT_FOUND, or UNPROCESSABLE for one that is damaged */
  get(name: string): Promise<EvaluationReport> {
    return this.reports.read(name);
  }

  /** Made anew of the report's data: what else lies in its directory is not passed on. */
  async text(name: string, form: Exclude<ReportForm, 'json'>): Promise<string> {
    const report = await this.reports.read(name);
    return form === 'html' ? reportHtml(report) : reportMarkdown(report);
  }

  /** @throws SrvauError as `get`; CONFLICT for reports that cannot be compared; BUSY */
  compare(request: CompareReportsRequest, signal: AbortSignal = NEVER): Promise<ReportComparison> {
    return this.comparisons.run(async () => {
      const read = (field: 'first' | 'second'): Promise<EvaluationReport> =>
        inField(field, () => this.reports.read(request[field]));
      const [first, second] = [await read('first'), await read('second')];
      // Before transcripts are fetched for nothing.
      refuseOthers(first, second, request.anyway);
      return compareReports(await this.withItems(first, signal), await this.withItems(second, signal), request, signal);
    });
  }

  private async withItems(report: EvaluationReport, signal: AbortSignal): Promise<ComparedReport> {
    const options = { cacheDir: this.cacheDir, signal };
    const items = await readScoredItems(this.place.store, this.reports.uriOf(report.name), report, options);
    return { report, items };
  }
}
