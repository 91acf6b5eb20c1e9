import { type Answer, HttpStandIn, json, text } from '../test/http-stand-in';
import { EvaluationClient } from './evaluation-client';
import type { PredictEvent } from './predict-stream';

let service: HttpStandIn;
let client: EvaluationClient;
beforeAll(async () => {
  service = await HttpStandIn.start();
  client = await EvaluationClient.connect({ url: `${service.url}/base`, headers: { authorization: 'Bearer t' } });
});
afterAll(async () => {
  await client.close();
  await service[Symbol.asyncDispose]();
});
beforeEach(() => void service.asked.splice(0));

const rows = { predictions: [{ id: 'a', answer: 'B' }], references: [{ id: 'a', task: 'qa' as const, label: 'B' }] };
const video = { video: 'file:///v.mp4' };
const error = (code: string, more: object = {}) => ({ error: { code, message: 'because', ...more } });

describe('requests', () => {
  it('go to their routes below the base, with the headers that were given', async () => {
    service.answers = [json(200, { qa: {} })];
    expect(await client.score(rows)).toEqual({ qa: {} });
    expect(service.asked).toEqual([
      {
        ...{ method: 'POST', url: '/base/v1/score' },
        headers: expect.objectContaining({ authorization: 'Bearer t', 'content-type': 'application/json' }) as object,
        body: { ...rows, idempotencyKey: expect.any(String) as string },
      },
    ]);
    await client.job('job 1').status();
    await client.job('job-1').cancel();
    await client.reports.list({ after: 'a', limit: 2 });
    await client.reports.list();
    await client.reports.compare({ first: 'a', second: 'b' });
    expect(service.asked.slice(1).map(({ method, url }) => `${method} ${url}`)).toEqual([
      ...['GET /base/v1/jobs/job%201', 'DELETE /base/v1/jobs/job-1', 'GET /base/v1/reports?after=a&limit=2'],
      ...['GET /base/v1/reports', 'POST /base/v1/reports/compare'],
    ]);
  });

  it('of reports come as data or as text', async () => {
    service.answers = [json(200, { format: 'srvau-evaluation-report', name: 'r' }), text(200, '# r')];
    expect(await client.reports.get('r')).toMatchObject({ name: 'r' });
    expect(await client.reports.text('r', 'markdown')).toBe('# r');
    expect(service.asked.map(({ url }) => url)).toEqual(['/base/v1/reports/r.json', '/base/v1/reports/r.md']);
  });

  it('take what is undefined for what is not there', async () => {
    service.answers = [json(200, { qa: {} })];
    const nothing = { timeoutMs: undefined, retries: undefined, signal: undefined } as object;
    expect(await client.score(rows, nothing)).toEqual({ qa: {} });
    expect(await client.score(rows, { timeoutMs: Infinity })).toEqual({ qa: {} });
    await client.predict(video, nothing);
    expect(service.asked.at(-1)?.body).toMatchObject({ deadlineMs: 300_000 });
  });

  it('become a job for long files, whose result are the scores', async () => {
    const accepted = json(202, { job: { jobId: 'job-1', created: true } });
    service.answers = [accepted, json(200, { state: 'running' }), json(200, { state: 'succeeded', result: { qa: 1 } })];
    const states: string[] = [];
    const uris = { predictionsUri: 'file:///p.jsonl', referencesUri: 'file:///r.jsonl' };
    expect(await client.score(uris, { onProgress: ({ state }) => void states.push(state) })).toEqual({ qa: 1 });
    expect(states).toEqual(['running', 'succeeded']);
  });

  it('of predictions tell the service when the caller gives up', async () => {
    service.answers = [json(200, {})];
    await client.predict(video);
    await client.predict(video, { timeoutMs: 2_000 });
    await client.predict({ ...video, deadlineMs: 7 }, { timeoutMs: 2_000 });
    expect(service.asked.map(({ body }) => (body as { deadlineMs: number }).deadlineMs)).toEqual([300_000, 2_000, 7]);
  });
});

describe('errors', () => {
  it('keep the code, the details and the pause of the service', async () => {
    const details = [{ field: 'predictions', expected: 'rows', received: 'nothing' }];
    service.answers = [json(400, error('INVALID_REQUEST', { details }))];
    await expect(client.score(rows)).rejects.toMatchObject({ code: 'INVALID_REQUEST', message: 'because', details });
    service.answers = [json(429, error('BUSY'), { 'retry-after': '7' })];
    await expect(client.score(rows, { retries: 0 })).rejects.toMatchObject({ code: 'BUSY', retryAfterMs: 7_000 });
    service.answers = [json(429, error('BUSY', { retryAfterMs: 250 }), { 'retry-after': '1' })];
    await expect(client.score(rows, { retries: 0 })).rejects.toMatchObject({ retryAfterMs: 250 });
  });

  it('that pass are waited out', async () => {
    const cut: Answer = (response) => response.destroy();
    service.answers = [json(429, error('BUSY', { retryAfterMs: 10 })), cut, text(502, 'no'), json(200, { qa: {} })];
    expect(await client.score(rows)).toEqual({ qa: {} });
    expect(service.asked).toHaveLength(4);
    // Sent again, it is the same submission.
    expect(new Set(service.asked.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it.each([
    [302, 'INVALID_REQUEST'],
    [401, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [418, 'INVALID_REQUEST'],
    [500, 'INTERNAL'],
    [502, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
  ])('of a gateway: %d is %s, with its words', async (status, code) => {
    service.answers = [text(status, '<h1>Sorry</h1>\n', { location: '/elsewhere' })];
    const message = `srvau.evaluation.score: expected an answer of an evaluation service, received HTTP ${status}: <h1>Sorry</h1>`;
    await expect(client.score(rows, { retries: 0 })).rejects.toMatchObject({ code, message });
    expect(service.asked).toHaveLength(1);
  });

  it('name an answer that is not JSON, and a service that is not there', async () => {
    service.answers = [text(200, 'hello')];
    await expect(client.score(rows)).rejects.toMatchObject({ code: 'INTERNAL', message: /expected JSON/ });
    const gone = await HttpStandIn.start();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    await using nobody = await EvaluationClient.connect({ url, retries: 1 });
    const message = expect.stringContaining(`expected an answer of ${url}, received: connect ECONNREFUSED`) as string;
    await expect(nobody.score(rows)).rejects.toMatchObject({ code: 'UNAVAILABLE', message });
  });

  it('come at the deadline, and when the caller leaves, which the service sees', async () => {
    const silent = (): { answer: Answer; closed: Promise<void> } => {
      let close = (): void => undefined;
      const closed = new Promise<void>((done) => (close = done));
      return { answer: (response) => void response.on('close', close), closed };
    };
    const first = silent();
    service.answers = [first.answer];
    await expect(client.score(rows, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await first.closed;
    const second = silent();
    service.answers = [second.answer];
    const call = client.score(rows, { signal: AbortSignal.timeout(50) });
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await second.closed;
  });
});

it('cancels what is under way when it is closed, and what comes later', async () => {
  service.answers = [() => undefined];
  const closing = await EvaluationClient.connect({ url: service.url });
  const outcomes = Promise.allSettled([closing.score(rows), closing.predictStream(video).next()]);
  while (service.asked.length < 2) await new Promise((done) => setTimeout(done, 5));
  await closing.close();
  const [later] = await Promise.allSettled([closing.job('job-1').status()]);
  const message = expect.stringMatching(/^srvau\S+: the client is closed$/) as string;
  const reason = expect.objectContaining({ code: 'CANCELLED', message }) as Error;
  for (const outcome of [...(await outcomes), later]) expect(outcome).toEqual({ status: 'rejected', reason });
});

describe('predictStream', () => {
  const body = [
    'event: token\ndata: {"text":"<think>é"}\n\n',
    ': alive\n\n',
    'event: restart\ndata: {}\n\n',
    'event: token\ndata: {"text":"<think>"}\n\n',
    'event: of-tomorrow\ndata: what?\n\n',
    'event: result\ndata: {"transcript":"<think>"}\n\n',
  ].join('');
  const events: PredictEvent[] = [
    { kind: 'token', text: '<think>é' },
    { kind: 'restart' },
    { kind: 'token', text: '<think>' },
    { kind: 'result', reply: { transcript: '<think>' } as never },
  ];
  const streaming =
    (...chunks: readonly (string | Uint8Array)[]): Answer =>
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const chunk of chunks) response.write(chunk);
      response.end();
    };
  const read = async (options = {}): Promise<PredictEvent[]> => {
    const found: PredictEvent[] = [];
    for await (const event of client.predictStream(video, options)) found.push(event);
    return found;
  };

  it('gives the events, wherever the bytes are cut, after a service that was busy', async () => {
    const bytes = Buffer.from(body);
    const cut = bytes.indexOf(Buffer.from('é')) + 1;
    service.answers = [
      json(429, error('BUSY', { retryAfterMs: 5 })),
      streaming(bytes.subarray(0, cut), bytes.subarray(cut)),
    ];
    expect(await read()).toEqual(events);
    expect(service.asked.at(-1)).toMatchObject({ headers: { accept: 'text/event-stream' }, body: video });
  });

  it('throws what the service says before and within the stream', async () => {
    service.answers = [json(404, error('NOT_FOUND'))];
    await expect(read()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    service.answers = [streaming(`event: error\ndata: ${JSON.stringify(error('UNAVAILABLE'))}\n\n`)];
    await expect(read()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'because' });
    service.answers = [streaming('event: error\ndata: oops\n\n')];
    await expect(read()).rejects.toMatchObject({ code: 'INTERNAL' });
    service.answers = [streaming('event: token\ndata: oops\n\n')];
    await expect(read()).rejects.toMatchObject({ code: 'INTERNAL', message: /expected an event of JSON/ });
    service.answers = [streaming(body.slice(0, body.indexOf('event: result')))];
    await expect(read()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: /ended before it/ });
  });

  it('ends the work of the service when the loop is left, at the deadline, and when it is cancelled', async () => {
    const open = (): Promise<void> =>
      new Promise<void>((closed) => {
        service.answers = [
          (response) => {
            response.on('close', closed).writeHead(200, { 'content-type': 'text/event-stream' });
            response.write(body.slice(0, body.indexOf(': alive')));
          },
        ];
      });
    let closed = open();
    for await (const event of client.predictStream(video)) {
      expect(event).toEqual(events[0]);
      break;
    }
    await closed;
    closed = open();
    await expect(read({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await closed;
    closed = open();
    await expect(read({ signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ code: 'CANCELLED' });
    await closed;
  });
});

describe('connect', () => {
  it.each([
    [{}, 'connect', 'neither'],
    [{ url: 'http://a', servers: 'nats://b' }, 'connect', 'both'],
    [{ url: 'localhost:7104' }, 'url', '"localhost:7104" (string)'],
    [{ url: 'not a url' }, 'url', '"not a url" (string)'],
    [{ url: 'http://me:secret@host' }, 'url', 'one with a login'],
    [{ url: 'http://host?x=1' }, 'url', '"http://host?x=1" (string)'],
  ])('refuses %j', async (options, field, received) => {
    const refusal = EvaluationClient.connect(options as never);
    await expect(refusal).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: [{ field, received }] });
    await expect(refusal).rejects.not.toThrow(/secret/);
  });
});
