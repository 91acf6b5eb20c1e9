import type { JobAccepted } from '@srvau/contracts';
import { EvaluationCluster } from './support/evaluation-cluster';
import { eventsOf } from './support/event-stream';
import { eventually } from './support/eventually';
import { GOOD } from './support/judge';
import { errorOf, OpenApiCalls } from './support/openapi-calls';
import type { ServiceProcess } from './support/service-process';

jest.setTimeout(120_000);

let cluster: EvaluationCluster;
let calls: OpenApiCalls;

beforeAll(async () => {
  cluster = await EvaluationCluster.start({
    reply: ({ body }) => {
      if (JSON.stringify(body).includes('What stalls?')) return { fault: 'stalls' };
      return (body as { model: string }).model === 'judge' ? GOOD : '<answer>B</answer>';
    },
  });
  calls = await OpenApiCalls.of(cluster.service);
});

afterAll(() => cluster[Symbol.asyncDispose]());

describe('POST /v1/predict', () => {
  const request = (question: string): object => ({
    video: cluster.uri('clip.mp4'),
    question,
    options: ['A dog', 'A cat'],
    prompt: 'direct',
  });

  it('answers whole, or as events', async () => {
    const whole = await calls.post('/v1/predict', request('What runs?'));
    expect(whole).toMatchObject({ status: 200, body: { task: 'qa', final: { option: 'B' } } });
    const response = await fetch(`${await cluster.url()}/v1/predict`, {
      ...{ method: 'POST', body: JSON.stringify(request('What runs?')) },
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = await eventsOf(response);
    const tokens = events.filter(({ event }) => event === 'token').map(({ data }) => (data as { text: string }).text);
    expect(tokens.join('')).toBe('<answer>B</answer>');
    const last = events.at(-1);
    expect(last).toMatchObject({ event: 'result', data: { transcript: '<answer>B</answer>', final: { option: 'B' } } });
    calls.check('POST', '/v1/predict', 200, last?.data);
  });

  it('refuses by status, also where events were asked for', async () => {
    const answer = await calls.post(
      '/v1/predict',
      { ...request('What?'), video: cluster.uri('none.mp4') },
      { accept: 'text/event-stream' },
    );
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  });

  it('asks no longer when the caller has gone', async () => {
    const gone = new AbortController();
    const response = await fetch(`${await cluster.url()}/v1/predict`, {
      ...{ method: 'POST', body: JSON.stringify(request('What stalls?')), signal: gone.signal },
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    expect(response.status).toBe(200);
    expect(cluster.endpoint.load.now).toBe(1);
    gone.abort();
    await eventually('the end of the request to the model', () => cluster.endpoint.load.now === 0);
  });
});

describe('runs and reports', () => {
  const getAs = (path: string, accept?: string): ReturnType<ServiceProcess['http']> =>
    cluster.service.http(path, accept === undefined ? {} : { headers: { accept } });

  beforeAll(async () => {
    for (const name of ['one', 'two']) {
      const run = {
        name,
        model: `openai:${cluster.endpoint.url}#${name}`,
        dataset: cluster.uri('dataset'),
        tasks: ['qa'],
        resamples: 50,
      };
      const { status, body } = await calls.post('/v1/runs', run);
      expect([status, body]).toEqual([202, { jobId: expect.any(String) as string, created: true }]);
      expect(await calls.ended((body as JobAccepted).jobId)).toMatchObject({ state: 'succeeded' });
    }
  });

  it('lists the reports, and gives each in the form that is asked for', async () => {
    const { body } = await calls.get('/v1/reports');
    expect(body).toMatchObject({ reports: [{ name: 'one' }, { name: 'two' }], more: false });
    expect((await calls.get('/v1/reports?limit=1')).body).toMatchObject({ reports: [{ name: 'one' }], more: true });
    const report = await calls.get('/v1/reports/one');
    expect(report.body).toMatchObject({ name: 'one', dataset: { rows: 4 } });
    expect((await calls.get('/v1/reports/one.json', { accept: 'text/html' })).body).toEqual(report.body);
    for (const [path, accept, type, start] of [
      ['/v1/reports/one.md', undefined, 'text/markdown', '#'],
      ['/v1/reports/one', 'text/markdown', 'text/markdown', '#'],
      ['/v1/reports/one.html', undefined, 'text/html', '<!'],
      ['/v1/reports/one', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html', '<!'],
    ] as const) {
      const text = await getAs(path, accept);
      expect([text.status, text.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
      expect(text.body.slice(0, start.length)).toBe(start);
    }
    expect((await getAs('/v1/reports/one', 'image/png')).status).toBe(406);
  });

  it('compares two, and names what it cannot give', async () => {
    const compared = await calls.post('/v1/reports/compare', { first: 'one', second: 'two', resamples: 50 });
    expect(compared.status).toBe(200);
    for (const [path, status, code] of [
      ['/v1/reports/none', 404, 'NOT_FOUND'],
      ['/v1/reports/..%2f..%2fstate', 400, 'INVALID_REQUEST'],
      ['/v1/reports?limit=0', 400, 'INVALID_REQUEST'],
      ['/v1/reports?first=1', 400, 'INVALID_REQUEST'],
    ] as const) {
      const answer = await calls.get(path);
      expect([path, answer.status, errorOf(answer).code]).toEqual([path, status, code]);
    }
  });

  it('has descriptions judged', async () => {
    const items = [{ id: 'a', candidate: 'A man climbs.', reference: { description: 'A man climbs over a fence.' } }];
    const { status, body } = await calls.post('/v1/judge', { judge: `openai:${cluster.endpoint.url}#judge`, items });
    expect(status).toBe(202);
    expect(await calls.ended((body as JobAccepted).jobId)).toMatchObject({ state: 'succeeded', result: { judged: 1 } });
  });
});
