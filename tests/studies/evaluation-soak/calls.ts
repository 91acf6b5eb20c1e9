import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { NatsConnection } from '@nats-io/transport-node';
import { SUBJECTS } from '@srvau/contracts';
import { grounding, questions, writeJsonl } from '../../e2e/support/evaluation-rows';

/** What a call came to: `ok`, or a code of an error. */
export type Outcome = string;

export interface Call {
  name: string;
  /** Outcomes that are right; any other is a fault of the service. */
  expected: readonly Outcome[];
  /** How often it comes, among the others. */
  weight: number;
  run(): Promise<Outcome>;
}

export interface SoakTarget {
  connection: NatsConnection;
  /** `http://127.0.0.1:port` */
  url: string;
  /** Directory that the service may read. */
  dir: string;
  /** Base URL of an endpoint with models of any name. */
  endpoint: string;
}

const TIMEOUT_MS = 60_000;

/** Good and bad calls, over NATS and HTTP, as other systems send them: by intent, by mistake, and by malice. */
export function soakCalls({ connection, url, dir, endpoint }: SoakTarget): Call[] {
  const uri = (name: string): string => pathToFileURL(join(dir, name)).href;
  const file = (name: string, rows: readonly object[] | string): string => {
    if (typeof rows === 'string') writeFileSync(join(dir, name), rows);
    else writeJsonl(join(dir, name), rows);
    return uri(name);
  };
  const { references, predictions } = questions(10_000, 6_000);
  const files = { referencesUri: file('r.jsonl', references), predictionsUri: file('p.jsonl', predictions) };
  const long = questions(30_000, 20_000);
  const longFiles = {
    referencesUri: file('long-r.jsonl', long.references),
    predictionsUri: file('long-p.jsonl', long.predictions),
  };
  const csv = { ...files, predictionsUri: file('answers.csv', 'id,answer\nq0,C\n') };
  const small = questions(20, 13);
  const spans = grounding([1, 0.5, 0.2]);
  const hostile = {
    references: spans.references,
    predictions: [
      { id: 't0', answer: 'Anomaly', spanSec: [6, 2] },
      { id: 't0', answer: 'Normal', spanSec: ['x', null] },
      { id: 'stranger', completion: '<think>'.repeat(20_000) },
    ],
  };
  // A model that fails is left alone for a while; the others answer on.
  const predict = (question: string, model = 'good'): object => ({
    ...{
      video: uri('clip.mp4'),
      model: `openai:${endpoint}#${model}`,
      prompt: 'direct',
      deadlineMs: model === 'good' ? 30_000 : 5_000,
    },
    ...{ question, options: ['A dog', 'A cat'] },
  });

  const nats = async (subject: string, body: object | string): Promise<Outcome> => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const reply = await connection.request(subject, payload, { timeout: TIMEOUT_MS });
    return outcomeOf(reply.json());
  };
  const http = async (method: string, path: string, body?: object | string, headers = {}): Promise<Outcome> => {
    const response = await fetch(url + path, {
      ...{
        method,
        headers: { 'content-type': 'application/json', ...headers },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return response.headers.get('content-type')?.startsWith('application/json') ? outcomeOf(JSON.parse(text)) : 'ok';
  };
  const score = SUBJECTS.evaluationScore;
  const cancelled = async (): Promise<Outcome> => {
    const reply = await connection.request(score, JSON.stringify(longFiles), { timeout: TIMEOUT_MS });
    const { job } = reply.json<{ job?: { jobId: string } }>();
    return job === undefined ? outcomeOf(reply.json()) : http('DELETE', `/v1/jobs/${job.jobId}`);
  };
  const leaving = async (question: string, ms: number): Promise<Outcome> => {
    const gone = new AbortController();
    const answer = fetch(`${url}/v1/predict`, {
      ...{ method: 'POST', body: JSON.stringify(predict(question, 'stalling')), signal: gone.signal },
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    }).then(
      (response) =>
        response.text().then(
          () => 'ok',
          () => 'left',
        ),
      () => 'left',
    );
    await sleep(ms);
    gone.abort();
    return answer;
  };
  const call = (name: string, weight: number, expected: string, run: () => Promise<Outcome>): Call => ({
    ...{ name, weight, run },
    expected: [...expected.split(' '), 'BUSY'],
  });
  return [
    call('score, NATS', 30, 'ok', () => nats(score, small)),
    call('score, HTTP', 30, 'ok', () => http('POST', '/v1/score', small)),
    call('hostile predictions', 8, 'ok', () => nats(score, hostile)),
    call('10,000 rows by URI', 3, 'ok', () => nats(score, files)),
    call('job', 1, 'ok', () => nats(score, longFiles)),
    call('job, cancelled', 1, 'ok CONFLICT', cancelled),
    call('no JSON', 5, 'INVALID_JSON', () => nats(score, '\xff{"')),
    call('CSV for JSON', 5, 'INVALID_JSON', () => http('POST', '/v1/score', 'id,answer\nq0,C\n')),
    call('CSV by URI', 3, 'UNPROCESSABLE', () => nats(score, csv)),
    call('form', 3, 'INVALID_REQUEST', () => http('POST', '/v1/score', 'a=b', { 'content-type': 'text/plain' })),
    call('no references', 3, 'UNPROCESSABLE', () => http('POST', '/v1/score', { ...small, references: [] })),
    call('forbidden file', 3, 'FORBIDDEN', () => nats(score, { ...files, predictionsUri: 'file:///etc/hostname' })),
    call('too much', 1, 'PAYLOAD_TOO_LARGE', () => http('POST', '/v1/score', `"${'x'.repeat(2_000_000)}"`)),
    call('no such route', 3, 'NOT_FOUND', () => http('GET', '/v1/scores')),
    call('no such report', 3, 'NOT_FOUND', () => http('GET', '/v1/reports/none')),
    call('reports', 2, 'ok', () => nats(SUBJECTS.evaluationReportsList, {})),
    call('OpenAPI', 1, 'ok', () => http('GET', '/openapi.json')),
    call('predict', 3, 'ok', () => nats(SUBJECTS.evaluationPredict, predict('Who runs?'))),
    call('predict, events', 3, 'ok', () =>
      http('POST', '/v1/predict', predict('Who?'), { accept: 'text/event-stream' }),
    ),
    call('predict, model fails', 2, 'UNAVAILABLE DEADLINE_EXCEEDED', () =>
      http('POST', '/v1/predict', predict('What fails?', 'failing')),
    ),
    call('predict, caller leaves', 3, 'left', () => leaving('What stalls?', 200)),
    call('predict, no such video', 2, 'NOT_FOUND', () =>
      nats(SUBJECTS.evaluationPredict, { ...predict('Who?'), video: uri('none.mp4') }),
    ),
  ];
}

function outcomeOf(body: unknown): Outcome {
  const { error, state } = body as { error?: { code: string }; state?: string };
  // The record of a job holds its error as well.
  return error === undefined || state !== undefined ? 'ok' : error.code;
}
