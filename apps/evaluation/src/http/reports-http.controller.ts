import { Controller } from '@nestjs/common';
import {
  CompareReportsRequest,
  type EvaluationReport,
  GetReportRequest,
  type ListReportsReply,
  ListReportsRequest,
  parseDto,
  type ReportComparison,
  type ReportForm,
} from '@srvau/contracts';
import { Reports } from '../reports/reports';
import { Caller, HttpCaller } from './http-caller';
import { HttpRoute } from './http-route';
import { JSON_TYPE } from './route-options';

const FORMS = {
  [JSON_TYPE]: 'json',
  'text/markdown': 'markdown',
  'text/html': 'html',
} as const satisfies Record<string, ReportForm>;
const TYPES = [JSON_TYPE, 'text/markdown', 'text/html'] as const;

/** A form may also be named at the end of the path, as links cannot bring headers. */
const SUFFIXES: Readonly<Record<string, (typeof TYPES)[number]>> = {
  json: JSON_TYPE,
  md: 'text/markdown',
  html: 'text/html',
};

@Controller()
export class ReportsHttpController {
  constructor(private readonly reports: Reports) {}

  @HttpRoute({
    ...{ method: 'GET', path: '/v1/reports', operationId: 'listReports', query: ListReportsRequest },
    summary: 'Lists the reports by name',
    replies: { 200: { description: 'Some of them', content: { [JSON_TYPE]: 'ListReportsReply' } } },
  })
  list(@Caller() caller: HttpCaller): Promise<ListReportsReply> {
    caller.received();
    return this.reports.list(caller.query(ListReportsRequest));
  }

  @HttpRoute({
    ...{ method: 'GET', path: '/v1/reports/{name}', operationId: 'getReport' },
    summary: 'A report, as data or as a page for people',
    params: {
      name: { description: 'Name of the report; with .json, .md or .html behind it the form, whatever Accept says' },
    },
    replies: {
      200: {
        description: 'The report',
        content: { [JSON_TYPE]: 'EvaluationReport', 'text/markdown': 'text', 'text/html': 'text' },
      },
    },
    errors: [404, 406, 422],
  })
  async get(@Caller() caller: HttpCaller): Promise<EvaluationReport | string> {
    caller.received();
    const [, stem, suffix] = /^(.*)\.(json|md|html)$/.exec(caller.param('name')) ?? [];
    const { name } = parseDto(GetReportRequest, { name: stem ?? caller.param('name') }, 'the path');
    const type = SUFFIXES[suffix ?? ''] ?? caller.wants(TYPES);
    const form = FORMS[type];
    if (form === 'json') return this.reports.get(name);
    const text = await this.reports.text(name, form);
    caller.setHeader('Content-Type', `${type}; charset=utf-8`);
    return text;
  }

  @HttpRoute({
    ...{ method: 'POST', path: '/v1/reports/compare', operationId: 'compareReports' },
    summary: 'Compares two reports item by item: paired bootstrap intervals and McNemar tests',
    body: CompareReportsRequest,
    replies: { 200: { description: 'The differences', content: { [JSON_TYPE]: 'ReportComparison' } } },
    errors: [404, 409, 422],
  })
  async compare(@Caller() caller: HttpCaller): Promise<ReportComparison> {
    return this.reports.compare(await caller.body(CompareReportsRequest), caller.signal);
  }
}
