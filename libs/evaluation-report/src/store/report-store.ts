import {
  DEFAULT_REPORTS_LISTED,
  describe,
  type EvaluationReport,
  type ListReportsReply,
  type ListReportsRequest,
  REPORT_FILES,
  REPORT_NAME,
  type ReportSummary,
  SrvauError,
} from '@srvau/contracts';
import { type ArtifactStore, concurrently, joinUri } from '@srvau/storage';
import { readReport } from './report-files';
import { summaryOf } from './report-summary';

const READ_AT_ONCE = 8;
const NEVER = new AbortController().signal;

/** A directory of reports, each in a directory of its name. It reads only, and only what is a report. */
export class ReportStore {
  /** @param root `file:` or `s3:` URI; it need not be there yet */
  constructor(
    private readonly store: ArtifactStore,
    readonly root: string,
  ) {}

  uriOf(name: string): string {
    return joinUri(this.root, name);
  }

  /** Reports by name; a directory that is none, or cannot be read, is told and no reason to fail. */
  async list({ after = '', limit = DEFAULT_REPORTS_LISTED }: ListReportsRequest = {}): Promise<ListReportsReply> {
    const names = (await this.names()).filter((name) => name > after);
    const chosen = names.slice(0, limit);
    const found = new Map<string, ReportSummary | { reason: string }>();
    await concurrently(chosen, READ_AT_ONCE, NEVER, async (name) => {
      found.set(name, await this.look(name));
    });
    const reply: ListReportsReply = { reports: [], more: names.length > chosen.length, others: [] };
    for (const name of chosen) {
      const each = found.get(name);
      if (each === undefined) continue;
      if ('reason' in each) reply.others.push({ name, ...each });
      else reply.reports.push(each);
    }
    return reply;
  }

  /** @throws SrvauError NOT_FOUND naming the report; UNPROCESSABLE: see `readReport` */
  async read(name: string, signal?: AbortSignal): Promise<EvaluationReport> {
    let report: EvaluationReport;
    try {
      report = await readReport(this.store, this.uriOf(name), signal);
    } catch (error) {
      if (!(error instanceof SrvauError) || error.code !== 'NOT_FOUND') throw error;
      throw SrvauError.mismatch('NOT_FOUND', 'report', 'the name of a report that is there', describe(name), {
        ...{ field: 'name', cause: error },
      });
    }
    if (report.name !== name) {
      const where = `${this.uriOf(name)}/${REPORT_FILES.report}: name`;
      throw SrvauError.mismatch('UNPROCESSABLE', where, describe(name), describe(report.name));
    }
    return report;
  }

  private async names(): Promise<string[]> {
    try {
      // In the order of code units, in which `after` goes on.
      return (await this.store.folders(this.root)).sort((a, b) => (a < b ? -1 : 1));
    } catch (error) {
      if (error instanceof SrvauError && error.code === 'NOT_FOUND') return [];
      throw error;
    }
  }

  private async look(name: string): Promise<ReportSummary | { reason: string }> {
    if (!REPORT_NAME.test(name)) return { reason: 'not the name of a report' };
    try {
      return summaryOf(await this.read(name));
    } catch (error) {
      if (!(error instanceof SrvauError)) throw error;
      if (error.code === 'NOT_FOUND') return { reason: `no ${REPORT_FILES.report}: not finished, or not a report` };
      return { reason: error.message };
    }
  }
}
