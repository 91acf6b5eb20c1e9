import { Svcm } from '@nats-io/services';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { type ServiceName, SERVICES, type WireError } from '@srvau/contracts';
import { NatsServerProcess } from '@srvau/messaging';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from './support/eventually';
import { ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

const CCTV = join(__dirname, '../fixtures/cctv');
const MAX_PAYLOAD = 8 * 1024 * 1024;

let home: TempHome;
let nats: NatsServerProcess;
let client: NatsConnection;
const services = new Map<ServiceName, ServiceProcess>();

beforeAll(async () => {
  home = await tempHome();
  nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats'), maxPayload: MAX_PAYLOAD });
  client = await connect({ servers: nats.url });
  for (const service of SERVICES) {
    services.set(service, new ServiceProcess(service, { env: env() }));
  }
  await Promise.all([...services.values()].map((service) => service.ready()));
});

afterAll(async () => {
  const exits = await Promise.all([...services.values()].map((service) => service.stop()));
  await client.close();
  await nats.stop();
  await home[Symbol.asyncDispose]();
  expect(exits).toEqual(SERVICES.map(() => ({ code: 0, signal: null })));
});

function env(): Record<string, string> {
  const roots = [home.dir, CCTV].join(':');
  return { SRVAU_NATS_URL: nats.url, SRVAU_HOME: join(home.dir, 'state'), SRVAU_FILE_ROOTS: roots };
}

function service(name: ServiceName): ServiceProcess {
  const found = services.get(name);
  if (found === undefined) throw new Error(`${name} was not started`);
  return found;
}

/** What any NATS client sends: a subject and JSON, nothing of our libraries. */
async function call(subject: string, body: unknown): Promise<{ message: Msg; reply: Record<string, unknown> }> {
  const payload = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const message = await client.request(subject, payload, { timeout: 20_000 });
  return { message, reply: message.json() };
}

async function refusal(subject: string, body: unknown): Promise<WireError> {
  const { message, reply } = await call(subject, body);
  const error = reply['error'] as WireError;
  expect(message.headers?.get('Nats-Service-Error-Code')).toMatch(/^[45]\d\d$/);
  expect(message.headers?.get('Nats-Service-Error')).not.toBe('');
  return error;
}

const uri = (path: string): string => pathToFileURL(path).href;

describe('probes', () => {
  it.each(SERVICES)('%s is alive, ready and tells metrics', async (name) => {
    const process = service(name);
    expect(await process.http('/livez')).toMatchObject({ status: 200, body: '{"alive":true}' });
    expect(await process.readyz(200)).toEqual({ ready: true, reasons: [] });
    const metrics = await process.http('/metrics');
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain;.*version=0\.0\.4/);
    expect(metrics.body).toContain('srvau_nats_connected 1');
    expect(metrics.body).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(metrics.body).toMatch(new RegExp(`^srvau_build_info\\{service="${name}",version="\\d`, 'm'));
  });

  it('answers unknown paths with the error form of the wire, without naming its framework', async () => {
    for (const path of ['/', '/x', '/livez/x', '/%E0%A4%A', '/../etc/passwd']) {
      const answer = await service('reward').http(path);
      expect(answer.status).toBe(404);
      expect((JSON.parse(answer.body) as { error: WireError }).error.code).toBe('NOT_FOUND');
      expect(answer.headers.get('x-powered-by')).toBeNull();
    }
    expect((await service('reward').http('/livez', { method: 'POST', body: '{' })).status).toBe(404);
  });

  it('counts requests by subject and code, under names that no caller chooses', async () => {
    await call('srvau.evaluation.info', {});
    await refusal('srvau.evaluation.info', { surprise: 1 });
    const { body } = await service('evaluation').http('/metrics');
    expect(body).toMatch(/^srvau_requests_total\{subject="srvau.evaluation.info",code="OK"\} [1-9]/m);
    expect(body).toMatch(/^srvau_requests_total\{subject="srvau.evaluation.info",code="INVALID_REQUEST"\} [1-9]/m);
    expect(body).toMatch(/^srvau_request_seconds_count\{subject="srvau.evaluation.info"\} [1-9]/m);
  });
});

describe('discovery', () => {
  it('lists every endpoint with its schema to any NATS client', async () => {
    const found = new Map<string, Record<string, string>[]>();
    for await (const info of await new Svcm(client).client().info()) {
      const endpoints = info.endpoints.map((endpoint) => ({ subject: endpoint.subject, ...endpoint.metadata }));
      found.set(info.name, endpoints);
    }
    expect([...found.keys()].sort()).toEqual(SERVICES.map((name) => `srvau-${name}`).sort());
    const ingest = found.get('srvau-dataset')?.find(({ subject }) => subject === 'srvau.dataset.ingest');
    expect(JSON.parse(ingest?.['request-schema'] ?? '{}')).toMatchObject({
      title: 'IngestRequest',
      required: expect.arrayContaining(['annotations', 'videos', 'out']) as string[],
      additionalProperties: false,
    });
    for (const name of SERVICES) {
      const subjects = found.get(`srvau-${name}`)?.map(({ subject }) => subject);
      expect(subjects).toEqual(expect.arrayContaining([`srvau.${name}.info`, 'srvau.jobs.get', 'srvau.jobs.list']));
    }
  });

  it('tells which build answers and what it works on', async () => {
    const { reply } = await call('srvau.dataset.info', '');
    const jobKinds = ['dataset.ingest', 'dataset.build', 'dataset.build-shard'];
    expect(reply).toMatchObject({ service: 'dataset', version: '0.1.0', jobKinds });
    expect(Date.parse(reply['startedAt'] as string)).toBeLessThanOrEqual(Date.now());
  });
});

describe('callers', () => {
  it('answers plain JSON with plain JSON', async () => {
    expect((await call('srvau.jobs.list', { limit: 1 })).reply).toEqual({ jobs: [] });
  });

  it("answers a Nest ClientProxy's envelope in its own form, errors too", async () => {
    const pattern = 'srvau.jobs.get';
    const good = await call('srvau.jobs.list', { pattern: 'srvau.jobs.list', data: {}, id: 'a1' });
    expect(good.reply).toEqual({ response: { jobs: [] }, isDisposed: true, id: 'a1' });
    const bad = await call(pattern, { pattern, data: { jobId: 'unknown-job' }, id: 'a2' });
    expect(bad.reply).toMatchObject({ err: { code: 'NOT_FOUND' }, isDisposed: true, id: 'a2' });
  });
});

describe('bad input', () => {
  const jobs = 'srvau.jobs.get';
  const good = { annotations: 'file:///a.csv', videos: 'file:///v', out: 'file:///o' };

  it.each([
    ['text', 'hello', 'INVALID_JSON', '(body)'],
    ['half a JSON', '{"jobId":', 'INVALID_JSON', '(body)'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), 'INVALID_JSON', '(body)'],
    ['an array', '[]', 'INVALID_REQUEST', '(body)'],
    ['null', 'null', 'INVALID_REQUEST', '(body)'],
    ['a missing field', '{}', 'INVALID_REQUEST', 'jobId'],
    ['a wrong type', '{"jobId":5}', 'INVALID_REQUEST', 'jobId'],
    ['an unknown field', '{"jobId":"abcdefgh","force":true}', 'INVALID_REQUEST', 'force'],
    ['a wild-card for an id', '{"jobId":"srvau.*.>"}', 'INVALID_REQUEST', 'jobId'],
  ])('%s is refused by name', async (_what, body, code, field) => {
    const error = await refusal(jobs, body);
    expect(error).toMatchObject({ code, details: [{ field }] });
    expect(error.details?.[0]).toMatchObject({ expected: expect.any(String), received: expect.any(String) });
  });

  it('every fault of a request is told at once', async () => {
    const error = await refusal('srvau.dataset.ingest', { ...good, annotations: 7, strict: 'yes', fsp: 1 });
    expect(error.code).toBe('INVALID_REQUEST');
    expect(error.details?.map(({ field }) => field).sort()).toEqual(['annotations', 'fsp', 'strict']);
  });

  it('a message of 2 MB is refused with its size', async () => {
    const error = await refusal(jobs, JSON.stringify({ jobId: 'x'.repeat(2 * 1024 * 1024) }));
    expect(error.code).toBe('PAYLOAD_TOO_LARGE');
    expect(error.message).toMatch(/at most 1048576 bytes, received 2097\d\d\d/);
  });

  it('deeply nested JSON is refused', async () => {
    const error = await refusal(jobs, `{"jobId":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    expect(error.code).toMatch(/^INVALID_/);
  });

  it.each(['get', 'cancel', 'resume'])('jobs.%s of an unknown job is NOT_FOUND and names the id', async (verb) => {
    const error = await refusal(`srvau.jobs.${verb}`, { jobId: 'no-such-job' });
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(error.message).toContain('no-such-job');
  });

  it('an unknown subject has nobody to answer, and the client learns at once', async () => {
    await expect(client.request('srvau.reward.nothing', '{}', { timeout: 20_000 })).rejects.toThrow(/no responders/i);
  });

  it('leaves the services alive', async () => {
    for (const name of SERVICES) expect((await call(`srvau.${name}.info`, {})).reply).toMatchObject({ service: name });
    for (const name of SERVICES) {
      expect(service(name).log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    }
  });
});

describe('srvau.dataset.ingest', () => {
  const subject = 'srvau.dataset.ingest';
  const annotations = uri(join(CCTV, 'annotations.csv'));
  const videos = uri(CCTV);
  const out = (): string => uri(join(home.dir, 'refused'));

  it('refuses before a job exists what cannot work, by the field of the request', async () => {
    const file = join(home.dir, 'a file');
    await writeFile(file, 'x');
    const taken = join(home.dir, 'taken');
    await mkdir(taken);
    await writeFile(join(taken, 'thesis.txt'), 'x');
    const cases: [object, string, string][] = [
      [{ annotations: uri(join(home.dir, 'none.csv')), videos, out: out() }, 'NOT_FOUND', 'annotations'],
      [{ annotations: videos, videos, out: out() }, 'UNPROCESSABLE', 'annotations'],
      [{ annotations: uri('/etc/passwd'), videos, out: out() }, 'FORBIDDEN', 'annotations'],
      [{ annotations: `${videos}/%2e%2e/x.csv`, videos, out: out() }, 'INVALID_REQUEST', 'annotations'],
      [{ annotations, videos: uri(file), out: out() }, 'UNPROCESSABLE', 'videos'],
      [{ annotations, videos, out: uri('/srvau-not-here') }, 'FORBIDDEN', 'out'],
      [{ annotations, videos, out: uri(file) }, 'CONFLICT', 'out'],
      [{ annotations, videos, out: uri(taken) }, 'CONFLICT', 'out'],
    ];
    for (const [request, code, field] of cases) {
      expect(await refusal(subject, request)).toMatchObject({ code, details: [{ field }] });
    }
    expect((await call('srvau.jobs.list', {})).reply).toEqual({ jobs: [] });
  });

  it('makes one dataset of a request that is sent twice under one key', async () => {
    const request = { annotations, videos, out: uri(join(home.dir, 'dataset')), idempotencyKey: 'once' };
    const first = (await call(subject, request)).reply;
    const second = (await call(subject, request)).reply;
    expect(first).toMatchObject({ created: true });
    expect(second).toEqual({ jobId: first['jobId'], created: false });
    const job = await eventually('the job ends', async () => {
      const { reply } = await call('srvau.jobs.get', { jobId: first['jobId'] });
      return ['succeeded', 'failed'].includes(reply['state'] as string) && reply;
    });
    expect(job).toMatchObject({ state: 'succeeded', attempt: 1, result: { out: join(home.dir, 'dataset') } });
    expect((job['result'] as { rows: number }).rows).toBeGreaterThan(0);

    const { body } = await service('dataset').http('/metrics');
    expect(body).toContain('srvau_jobs_started_total{kind="dataset.ingest"} 1');
    expect(body).toContain('srvau_jobs_done_total{kind="dataset.ingest",outcome="succeeded"} 1');
    expect(body).toContain('srvau_jobs_running{kind="dataset.ingest"} 0');
    expect(body).toContain('srvau_job_seconds_count{kind="dataset.ingest"} 1');
    expect(await refusal('srvau.jobs.cancel', { jobId: first['jobId'] })).toMatchObject({ code: 'CONFLICT' });
    expect(await refusal(subject, { ...request, strict: true })).toMatchObject({ code: 'CONFLICT' });
  });
});
