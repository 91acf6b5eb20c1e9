import {
  type CompareReportsReply,
  type CompareReportsRequest,
  type EvaluationReport,
  type GetReportReply,
  type ListReportsReply,
  type ListReportsRequest,
  type ReportForm,
  SrvauError,
  SUBJECTS,
} from '@srvau/contracts';
import type { Ask } from './ask';
import type { CallOptions } from './transport';

/** The reports that a service keeps. */
export class EvaluationReports {
  constructor(private readonly ask: Ask) {}

  /** By name; `more` tells whether to ask again with the last one as `after`. */
  list(request: ListReportsRequest = {}, options: CallOptions = {}): Promise<ListReportsReply> {
    return this.ask(SUBJECTS.evaluationReportsList, request, options);
  }

  /** @throws SrvauError NOT_FOUND; UNPROCESSABLE where it cannot be read */
  async get(name: string, options: CallOptions = {}): Promise<EvaluationReport> {
    const reply = await this.ask(SUBJECTS.evaluationReportsGet, { name }, options);
    if ('format' in reply) return reply;
    throw otherForm(reply, 'json');
  }

  /** The report as a page for people. */
  async text(name: string, form: Exclude<ReportForm, 'json'>, options: CallOptions = {}): Promise<string> {
    const reply = await this.ask(SUBJECTS.evaluationReportsGet, { name, form }, options);
    if ('text' in reply) return reply.text;
    throw otherForm(reply, form);
  }

  /**
   * Two reports over the items that both have scored.
   * @throws SrvauError NOT_FOUND; CONFLICT where dataset or protocol differ and `anyway` is not set
   */
  compare(request: CompareReportsRequest, options: CallOptions = {}): Promise<CompareReportsReply> {
    return this.ask(SUBJECTS.evaluationReportsCompare, request, options);
  }
}

function otherForm(reply: GetReportReply, expected: ReportForm): SrvauError {
  const received = 'format' in reply ? 'json' : reply.form;
  return SrvauError.mismatch('INTERNAL', SUBJECTS.evaluationReportsGet, expected, received);
}
