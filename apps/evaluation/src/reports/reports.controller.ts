import { Controller } from '@nestjs/common';
import {
  type CompareReportsReply,
  CompareReportsRequest,
  type GetReportReply,
  GetReportRequest,
  type ListReportsReply,
  ListReportsRequest,
  SUBJECTS,
} from '@srvau/contracts';
import { Endpoint } from '@srvau/messaging';
import { Reports } from './reports';

/** `srvau.evaluation.reports.*` */
@Controller()
export class ReportsController {
  constructor(private readonly reports: Reports) {}

  @Endpoint({
    subject: SUBJECTS.evaluationReportsList,
    request: ListReportsRequest,
    summary: 'lists the reports of evaluations by name',
  })
  list(request: ListReportsRequest): Promise<ListReportsReply> {
    return this.reports.list(request);
  }

  @Endpoint({
    subject: SUBJECTS.evaluationReportsGet,
    request: GetReportRequest,
    summary: 'gives a report, as data, Markdown or HTML',
  })
  async get({ name, form = 'json' }: GetReportRequest): Promise<GetReportReply> {
    if (form === 'json') return this.reports.get(name);
    return { name, form, text: await this.reports.text(name, form) };
  }

  @Endpoint({
    subject: SUBJECTS.evaluationReportsCompare,
    request: CompareReportsRequest,
    summary: 'compares two reports item by item: paired bootstrap intervals and McNemar tests',
  })
  compare(request: CompareReportsRequest): Promise<CompareReportsReply> {
    return this.reports.compare(request);
  }
}
