import { type Api, type ReportForm, SUBJECTS } from '@srvau/contracts';
import type { Operation } from './transport';

export interface Route<Reply = unknown> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the base, without a slash in front. */
  path: string;
  body?: object;
  /** What the reply is made of where its body is not JSON. */
  readText?: (text: string) => Reply;
}

/** How each operation is asked over HTTP; see /openapi.json of the service. */
export const ROUTES: { readonly [O in Operation]: (request: Api[O]['request']) => Route<Api[O]['reply']> } = {
  [SUBJECTS.evaluationScore]: (body) => ({ method: 'POST', path: 'v1/score', body }),
  [SUBJECTS.evaluationPredict]: (body) => ({ method: 'POST', path: 'v1/predict', body }),
  [SUBJECTS.evaluationRun]: (body) => ({ method: 'POST', path: 'v1/runs', body }),
  [SUBJECTS.evaluationJudge]: (body) => ({ method: 'POST', path: 'v1/judge', body }),
  [SUBJECTS.evaluationReportsList]: (query) => ({ method: 'GET', path: `v1/reports${queryOf({ ...query })}` }),
  [SUBJECTS.evaluationReportsGet]: ({ name, form = 'json' }) => ({
    ...{ method: 'GET', path: `v1/reports/${encodeURIComponent(name)}.${EXTENSIONS[form]}` },
    ...(form === 'json' ? {} : { readText: (text) => ({ name, form, text }) }),
  }),
  [SUBJECTS.evaluationReportsCompare]: (body) => ({ method: 'POST', path: 'v1/reports/compare', body }),
  [SUBJECTS.jobsGet]: ({ jobId }) => ({ method: 'GET', path: `v1/jobs/${encodeURIComponent(jobId)}` }),
  [SUBJECTS.jobsCancel]: ({ jobId }) => ({ method: 'DELETE', path: `v1/jobs/${encodeURIComponent(jobId)}` }),
};

const EXTENSIONS: Readonly<Record<ReportForm, string>> = { json: 'json', markdown: 'md', html: 'html' };

function queryOf(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  const texts = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
  return `?${new URLSearchParams(texts).toString()}`;
}
