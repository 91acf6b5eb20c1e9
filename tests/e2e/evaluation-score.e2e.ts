import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type EvaluationScores, type JobAccepted, type SrvauError, SUBJECTS, TERMINAL_STATES } from '@srvau/contracts';
import { JobClient, NatsLink, NatsServerProcess, ServiceClient } from '@srvau/messaging';
import { eventually } from './support/eventually';
import { grounding, questions, writeJsonl } from './support/evaluation-rows';
import { ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

let home: TempHome;
let nats: NatsServerProcess;
let service: ServiceProcess;
let link: NatsLink;
let client: ServiceClient;
let jobs: JobClient;

beforeAll(async () => {
  home = await tempHome();
  nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
  const env = { SRVAU_NATS_URL: nats.url, SRVAU_HOME: join(home.dir, 'state'), SRVAU_FILE_ROOTS: home.dir };
  service = new ServiceProcess('evaluation', { env });
  link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
  client = new ServiceClient(link);
  await service.ready();
  jobs = await JobClient.open(link);
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await link.drain();
  await nats.kill();
  await home[Symbol.asyncDispose]();
});

const ask = (body: object): Promise<EvaluationScores | { job: JobAccepted }> =>
  client.request(SUBJECTS.evaluationScore, body as never, { timeoutMs: 60_000 });

async function scores(body: object): Promise<EvaluationScores> {
  const reply = await ask(body);
  if ('job' in reply) throw new Error(`expected scores, received the job ${reply.job.jobId}`);
  return reply;
}

const refusal = (body: object): Promise<SrvauError> =>
  ask(body).then(
    (reply) => Promise.reject(new Error(`expected a refusal, received ${JSON.stringify(reply).slice(0, 200)}`)),
    (error: SrvauError) => error,
  );

const inFolder = (name: string): string => pathToFileURL(join(home.dir, name)).href;

function file(name: string, rows: readonly object[] | string): string {
  if (typeof rows === 'string') writeFileSync(join(home.dir, name), rows);
  else writeJsonl(join(home.dir, name), rows);
  return inFolder(name);
}

describe('srvau.evaluation.score', () => {
  const shares = [1, 0.7, 0.5, 0.3, 0.2];

  it('scores rows in the request', async () => {
    const [qa, tag] = [questions(251, 243), grounding(shares)];
    const found = await scores({
      references: [...qa.references, ...tag.references],
      predictions: [...qa.predictions, ...tag.predictions],
    });
    expect(found.qa).toMatchObject({ correct: 243, total: 251 });
    expect(found.qa.accuracy).toBeCloseTo(96.81, 2);
    expect(found.tag).toMatchObject({ total: 5, recall: { '0.3': 80, '0.5': 60, '0.7': 40 } });
    expect(found.tag.mIoU).toBeCloseTo(54, 10);
    expect(found.coverage).toMatchObject({ references: 256, predictions: 256, percent: 100 });
  });

  it('scores files by URI, the same figures to the last digit', async () => {
    const { references, predictions } = questions(10_000, 6_543);
    const uris = {
      referencesUri: file('references.jsonl', references),
      predictionsUri: file('predictions.jsonl', predictions.toReversed()),
    };
    const byUri = await scores(uris);
    expect(byUri.qa).toMatchObject({ accuracy: 65.43, total: 10_000 });
    expect(await scores(uris)).toEqual(byUri);
    expect(await scores({ ...uris, resamples: 0 })).toEqual({ ...byUri, intervals: null });
    const few = predictions.slice(0, 3);
    const mixed = await scores({ predictions: few, referencesUri: uris.referencesUri });
    expect(mixed.qa).toMatchObject({ correct: 3, missing: 9_997 });
  });

  it('makes a job of longer files, whose result is the scores', async () => {
    const { references, predictions } = questions(30_000, 20_000);
    const request = {
      referencesUri: file('long-references.jsonl', references),
      predictionsUri: file('long-predictions.jsonl', predictions),
      idempotencyKey: 'long',
    };
    const reply = await ask(request);
    if (!('job' in reply)) throw new Error('expected a job');
    expect(await ask(request)).toEqual({ job: { ...reply.job, created: false } });
    const record = await eventually('the end of the job', async () => {
      const found = await jobs.get(reply.job.jobId);
      return TERMINAL_STATES.has(found.state) ? found : undefined;
    });
    expect(record).toMatchObject({ kind: 'evaluation.score', state: 'succeeded' });
    const result = record.result as EvaluationScores;
    expect(result.qa).toMatchObject({ correct: 20_000, total: 30_000, missing: 0 });
    expect(result.coverage).toMatchObject({ references: 30_000, predictions: 30_000 });

    const inline = predictions.slice(0, 2);
    expect(await refusal({ predictions: inline, referencesUri: request.referencesUri })).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [expect.objectContaining({ field: 'predictions' })],
    });
  });

  it('fails a job by name of the line that cannot be read', async () => {
    const { references } = questions(20_000, 0);
    const lines = [...references.map((row) => JSON.stringify(row)), '{"id":"q3","task":"qa"'].join('\n');
    const reply = await ask({ referencesUri: file('broken.jsonl', lines), predictionsUri: file('none.jsonl', []) });
    if (!('job' in reply)) throw new Error('expected a job');
    const record = await eventually('the end of the job', async () => {
      const found = await jobs.get(reply.job.jobId);
      return TERMINAL_STATES.has(found.state) ? found : undefined;
    });
    expect(record).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'UNPROCESSABLE' } });
    expect(record.error?.message).toMatch(/^referencesUri: file:.*broken\.jsonl, line 20001: expected one JSON value/);
  });

  it('takes hostile predictions as data', async () => {
    const spans = ['[6, 2]', '[NaN, 6]', '["2", "6"]', '[2, 1e9]', '[-Infinity, 3]', '"late"', 'null', '[2, 6, 9]'];
    const lines = spans.map((span, i) => `{"id": "t${i}", "answer": "Anomaly", "spanSec": ${span}}`);
    const { references } = grounding(spans.map(() => 1));
    const hostile = [
      `{"id": "t0", "answer": "Normal"}`,
      `{"id": "stranger", "completion": "${'<think>'.repeat(50_000)}"}`,
    ];
    const { tag, coverage, faults } = await scores({
      references,
      predictionsUri: file('hostile.jsonl', [...lines, ...hostile].join('\n')),
    });
    expect(tag).toMatchObject({ total: 8, unparsable: 6, missing: 0, recall: { '0.3': 0 } });
    expect(coverage).toMatchObject({ duplicate: { count: 1, ids: ['t0'] }, unknown: { count: 1, ids: ['stranger'] } });
    expect(faults).toMatchObject({ 'tag:reversed-span': { ids: ['t0'] }, 'tag:span-not-two-numbers': { count: 5 } });
  });

  it('names what it cannot use, and lives on', async () => {
    const { references, predictions } = questions(3, 2);
    const good = file('good.jsonl', predictions);
    symlinkSync('/etc', join(home.dir, 'outside'));
    const cases: [object, string, RegExp][] = [
      [{}, 'INVALID_REQUEST', /predictions: expected either predictions or predictionsUri, received neither/],
      [{ predictions, references: [] }, 'UNPROCESSABLE', /references: expected at least one reference, received none/],
      [{ predictions, references: [...references, references[0]] }, 'UNPROCESSABLE', /row 4: id: .* "q0" .*once more/],
      [
        { predictions, references, protocol: 'loose' },
        'INVALID_REQUEST',
        /protocol: expected one of strict, vau-bench/,
      ],
      [{ predictions: [{ answer: 'B' }], references }, 'INVALID_REQUEST', /predictions\[0\]\.id: expected a string/],
      [
        { predictionsUri: good, references: [{ id: 'a' }] },
        'INVALID_REQUEST',
        /references\[0\]\.task: expected one of/,
      ],
      [
        { predictionsUri: file('answers.csv', 'id,answer\nq0,C\n'), references },
        'UNPROCESSABLE',
        /predictionsUri: file:.*answers\.csv, line 1: expected one JSON value, received "id,answer"/,
      ],
      [{ predictionsUri: inFolder('gone.jsonl'), references }, 'NOT_FOUND', /predictionsUri: .*gone\.jsonl/],
      [
        { predictionsUri: inFolder(''), references },
        'UNPROCESSABLE',
        /predictionsUri: .*expected a regular file, received a directory/,
      ],
      [
        { predictions, referencesUri: file('no-references.jsonl', '\n') },
        'UNPROCESSABLE',
        /^referencesUri: references: expected at least one reference, received none/,
      ],
      [
        { predictionsUri: good, referencesUri: file('twice.jsonl', [...references, ...references.slice(0, 1)]) },
        'UNPROCESSABLE',
        /^referencesUri: references: row 4: id: .* "q0" .*once more/,
      ],
      [{ predictionsUri: 'file:///etc/hostname', references }, 'FORBIDDEN', /predictionsUri: /],
      [{ predictionsUri: inFolder('outside/hostname'), references }, 'FORBIDDEN', /predictionsUri: /],
      [{ predictionsUri: 'https://127.0.0.1/p.jsonl', references }, 'INVALID_REQUEST', /predictionsUri: /],
      [{ predictions, references, references_uri: 'x' }, 'INVALID_REQUEST', /references_uri: expected no such field/],
    ];
    for (const [body, code, message] of cases) {
      const error = await refusal(body);
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    }
    expect((await scores({ predictionsUri: good, references })).qa.correct).toBe(2);
  });

  it('answers two hundred callers at once', async () => {
    const found = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const { qa } = await scores(questions(20, i % 20));
        return qa.correct;
      }),
    );
    expect(found).toEqual(Array.from({ length: 200 }, (_, i) => i % 20));
  });

  it('is found and called from Python', async () => {
    const program = join(__dirname, 'support', 'nats_client.py');
    const { hostname, port } = new URL(nats.url);
    const python = async (subject: string, body: string): Promise<Record<string, unknown>> => {
      const { stdout } = await promisify(execFile)('python3', [program, hostname, port, subject, body, '1']);
      return (JSON.parse(stdout.split('\n')[0] ?? '') as { body: Record<string, unknown> }).body;
    };
    const info = await python('$SRV.INFO.srvau-evaluation', '');
    const endpoints = info['endpoints'] as { subject: string; metadata: Record<string, string> }[];
    const schema = endpoints.find(({ subject }) => subject === SUBJECTS.evaluationScore)?.metadata['request-schema'];
    expect(Object.keys((JSON.parse(schema ?? '{}') as { $defs: object }).$defs)).toContain('ReferenceDto');
    const reply = await python(SUBJECTS.evaluationScore, JSON.stringify(questions(4, 3)));
    expect(reply['qa']).toMatchObject({ accuracy: 75, correct: 3, total: 4 });
  });
});
